import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import pg from 'pg';

export type PoolMode = 'session' | 'transaction' | 'statement';

/** Stands in for a pooler such as PgBouncer: whoever connects is let in, and gets sessions of the server as the mode says. */
export interface Pooler {
  url: string;
  close(): Promise<void>;
}

/** A connection to the server that is logged in; its messages are read and written as they are. */
interface Session {
  socket: Socket;
  client: pg.Client;
}

const SSL_REQUEST = 80_877_103;

export async function startPooler(serverUrl: string, mode: PoolMode): Promise<Pooler> {
  const idle: Session[] = [];
  const all: pg.Client[] = [];
  const sockets = new Set<Socket>();

  /** The session that was given back last, as PgBouncer does. */
  async function borrow(): Promise<Session> {
    const known = idle.pop();
    if (known) return known;
    const client = new pg.Client({ connectionString: serverUrl });
    client.on('error', () => undefined);
    all.push(client);
    await client.connect();
    const { stream: socket } = (client as unknown as { connection: { stream: Socket } }).connection;
    socket.removeAllListeners('data');
    return { socket, client };
  }

  async function serve(socket: Socket): Promise<void> {
    const messages = readMessages(socket);
    await messages.next();
    socket.write(welcome());
    let session: Session | undefined;
    let isInTransaction = false;
    const giveBack = (): void => {
      session?.socket.removeAllListeners('data');
      if (session && isInTransaction) session.socket.destroy();
      else if (session) idle.push(session);
      session = undefined;
    };
    for await (const message of messages) {
      if (message[0] === 0x58) break; // Terminate
      if (!session) {
        session = await borrow();
        relay(session.socket, socket, (status) => {
          isInTransaction = status !== 'I';
          if (mode === 'statement' && isInTransaction) {
            socket.end(fatal('transaction blocks not allowed in statement pooling mode'));
            return false;
          }
          if (mode !== 'session' && !isInTransaction) giveBack();
          return true;
        });
      }
      session.socket.write(message);
    }
    giveBack();
    socket.end();
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    void serve(socket).catch(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = Object.assign(new URL(serverUrl), { port: String((server.address() as AddressInfo).port) });
  return {
    url: url.href,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await Promise.all(all.map((client) => client.end().catch(() => undefined)));
    },
  };
}

/** The startup message, then those that a client sends; a request for TLS is declined. */
async function* readMessages(socket: Socket): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  let prefix = 0; // the startup message has no type
  for await (const data of socket as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= prefix + 4 && rest.length >= prefix + rest.readInt32BE(prefix)) {
      const length = prefix + rest.readInt32BE(prefix);
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      if (prefix === 0 && message.readInt32BE(4) === SSL_REQUEST) socket.write('N');
      else {
        prefix = 1;
        yield message;
      }
    }
  }
}

/**
 * Passes answers on. `ready` is told the status of each ReadyForQuery (`I` at rest, `T` or `E` in a transaction) and returns
 * whether it is passed on, too.
 */
function relay(from: Socket, to: Socket, ready: (status: string) => boolean): void {
  let rest = Buffer.alloc(0);
  from.on('data', (data: Buffer) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const length = 1 + rest.readInt32BE(1);
      const answer = rest.subarray(0, length);
      rest = rest.subarray(length);
      if (answer[0] !== 0x5a || ready(String.fromCharCode(answer[5]!))) to.write(answer);
    }
  });
}

function welcome(): Buffer {
  const key = Buffer.alloc(8);
  key.writeInt32BE(4711);
  return Buffer.concat([
    message('R', Buffer.alloc(4)),
    message('S', Buffer.from('client_encoding\0UTF8\0')),
    message('K', key),
    message('Z', Buffer.from('I')),
  ]);
}

function fatal(text: string): Buffer {
  return message('E', Buffer.from(`SFATAL\0C08P01\0M${text}\0\0`));
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
