import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';

/**
 * A port of 127.0.0.1 that was free a moment ago: whoever binds it must be ready to try another. The system does not
 * give it to a second caller at once: a connection closed from the server's side keeps it out of the draw for a while.
 */
export async function freePort(): Promise<number> {
  const server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1').resume();
  await once(socket, 'close');
  await close(server);
  return port;
}

/** Whether somebody listens on this port already. */
export async function isTaken(port: number, ip: string): Promise<boolean> {
  const server = createServer();
  server.listen(port, ip);
  try {
    await once(server, 'listening');
  } catch {
    return true;
  }
  await close(server);
  return false;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
