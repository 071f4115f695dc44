import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { request as forward } from 'undici';

/** What becomes of a call on its way. */
export type Fate =
  /** Something answers in the destination's place, which never sees the call. */
  | { answer: { status: number; headers?: Record<string, string>; body?: string } }
  /** The connection ends before the call was read, or when it was; the destination never sees it. */
  | { drop: 'before reading' | 'after reading' }
  /** The destination answers, but the answer is lost, or the second half of it. */
  | { lose: 'answer' | 'half of the answer' };

interface SeenCall {
  headers: IncomingMessage['headers'];
  body: string;
}

/** A way to a destination on which calls meet their fate. */
export interface Interference {
  readonly url: string;
  /** Every call, oldest first. */
  readonly calls: SeenCall[];
  /** The next calls meet these fates, one each; what is left of earlier ones is forgotten. */
  next(...fates: Fate[]): void;
  close(): Promise<void>;
}

export async function interfereWith(destination: string): Promise<Interference> {
  const fates: Fate[] = [];
  const calls: SeenCall[] = [];
  const { origin, pathname, search } = new URL(destination);
  const server = createServer((request, response) => {
    meet(request, response).catch(() => response.destroy());
  });
  const meet = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fate = fates.shift();
    if (fate && 'drop' in fate && fate.drop === 'before reading') return void response.destroy();
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    calls.push({ headers: request.headers, body: body.toString() });
    if (fate && 'drop' in fate) return void response.destroy();
    if (fate && 'answer' in fate) {
      const { status, headers = {}, body: text = '' } = fate.answer;
      return void response.writeHead(status, headers).end(text);
    }
    const headers = { ...request.headers };
    for (const ofThisConnection of ['connection', 'host', 'transfer-encoding'])
      Reflect.deleteProperty(headers, ofThisConnection);
    const answered = await forward(`${origin}${request.url ?? ''}`, {
      method: request.method as 'POST',
      headers,
      body,
    });
    const answer = Buffer.from(await answered.body.arrayBuffer());
    if (fate?.lose === 'answer') return void response.destroy();
    if (fate) {
      response.writeHead(answered.statusCode, { 'content-length': String(answer.length + 10) });
      return void response.write(Buffer.concat([answer, Buffer.from(' ')]), () => response.destroy());
    }
    response.writeHead(answered.statusCode).end(answer);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname === '/' ? '' : pathname}${search}`,
    calls,
    next: (...replacing) => void fates.splice(0, Infinity, ...replacing),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
