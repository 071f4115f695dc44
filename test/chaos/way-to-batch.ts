import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * The network between the workers and Batch. It can catch calls under way: they reach Batch when they are let go, unless
 * their sender has given them up before; then they never do.
 */
export class WayToBatch {
  readonly url: string;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  /** Lets the caught call of a connection go. */
  private readonly releases = new Set<() => void>();
  private callsToCatch = 0;

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
    const go = (): void => {
      this.releases.delete(go);
      for (const piece of waiting ?? []) far.write(piece);
      waiting = undefined;
    };
    near.on('data', (piece) => {
      if (!waiting && this.callsToCatch > 0 && piece.subarray(0, 5).toString() === 'POST ') {
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
