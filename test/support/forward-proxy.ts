import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A forward proxy that opens tunnels, each to one server whatever name was asked for. */
export interface ForwardProxy {
  /** `host:port`. */
  host: string;
  /** What was asked for: `CONNECT shop.test:80`, with the login where one was sent. */
  asked: string[];
  close(): Promise<void>;
}

/** `refusal`: what it answers in place of opening a tunnel, as raw HTTP; `silent`: nothing. */
export async function startForwardProxy(
  port: number,
  { refusal, silent }: { refusal?: string; silent?: true } = {},
): Promise<ForwardProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const login = request.headers['proxy-authorization'];
    asked.push(`CONNECT ${request.url ?? ''}${login === undefined ? '' : ` ${login}`}`);
    socket.on('error', () => undefined);
    if (silent) return;
    if (refusal !== undefined) return void socket.end(refusal);
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    sockets.add(upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
