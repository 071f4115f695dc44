import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * The network between the workers and Batch. It can catch calls under way: they reach Batch when they are let go, unless
 * their sender has given them up before; then they never do. And it can lead to another server, which takes everything
 * and is not Batch.
 */
export class WayToBatch {
  readonly url: string;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  /** Lets the caught call of a connection go. */
  private readonly releases = new Set<() => void>();
  private callsToCatch = 0;
  private isLedAstray = false;
  private strangersAnswers = 0;

  private constructor(server: Server) {
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async open(batchPort: number): Promise<WayToBatch> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const way = new WayToBatch(server);
    server.on('connection', (near) => way.join(near, connect(batchPort, '127.0.0.1')));
    return way;
  }

  /** The next so many calls are caught. */
  catchNext(calls: number): void {
    this.callsToCatch = calls;
  }

  /** From now on calls come to a server that answers them as a login page does, with status 200. */
  leadAstray(): void {
    this.isLedAstray = true;
  }

  leadToBatch(): void {
    this.isLedAstray = false;
  }

  /** Calls that the other server has answered. */
  get answeredByStranger(): number {
    return this.strangersAnswers;
  }

  /** Calls that are caught now and that their senders have not given up. */
  get caught(): number {
    return this.releases.size;
  }

  /** Lets all go that are caught, and catches no more. */
  letGo(): void {
    this.callsToCatch = 0;
    for (const go of [...this.releases]) go();
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private join(near: Socket, far: Socket): void {
    let waiting: Buffer[] | undefined;
    let astray: StrayCall | undefined;
    const go = (): void => {
      this.releases.delete(go);
      for (const piece of waiting ?? []) far.write(piece);
      waiting = undefined;
    };
    near.on('data', (piece) => {
      if (this.isLedAstray && isStartOfCall(piece)) astray = { missing: lengthOf(piece) };
      if (astray) {
        astray.missing -= piece.length;
        if (astray.missing > 0) return;
        astray = undefined;
        this.strangersAnswers++;
        near.write(loginPage);
        return;
      }
      if (!waiting && this.callsToCatch > 0 && isStartOfCall(piece)) {
        this.callsToCatch--;
        this.releases.add(go);
        waiting = [];
      }
      if (waiting) waiting.push(piece);
      else far.write(piece);
    });
    far.pipe(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('end', () => socket.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        this.releases.delete(go);
        other.destroy();
      });
    }
  }
}

/** A call that comes to the other server. */
interface StrayCall {
  /** Bytes of it that have not come yet. */
  missing: number;
}

function isStartOfCall(piece: Buffer): boolean {
  return piece.subarray(0, 5).toString() === 'POST ';
}

/** Of a call, in bytes, by its first piece, which holds its headers. */
function lengthOf(piece: Buffer): number {
  const body = piece.indexOf('\r\n\r\n') + 4;
  const headers = piece.subarray(0, body).toString('latin1');
  return body + Number(/^content-length: *(\d+)/im.exec(headers)?.[1] ?? 0);
}

const html = '<!doctype html><title>Sign in</title>';
const loginPage = `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${html.length}\r\n\r\n${html}`;
