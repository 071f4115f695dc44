import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Received {
  method: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A real HTTP server that keeps what it is sent, and answers as a test wants: 200 at first. */
export class Receiver {
  readonly received: Received[] = [];
  /** How it answers; the request that it answers is kept already. */
  answer: (response: ServerResponse, request: Received) => void = answers(200);
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const { method, headers } = request;
        const received = { method, headers, body: Buffer.concat(pieces).toString('utf8') };
        this.received.push(received);
        this.answer(response, received);
      });
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((listening) => receiver.server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => receiver.close());
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  /** Of the bodies, which are alerts. */
  get changes(): string[] {
    return this.received
      .map(({ body }) => JSON.parse(body) as { event: string; condition: string })
      .map(({ event, condition }) => `${event} ${condition}`);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** `ok` is what Slack says of a message that it has taken; other receivers may say whatever they like. */
export function answers(status: number, body = 'ok'): (response: ServerResponse) => void {
  return (response) => response.writeHead(status).end(body);
}
