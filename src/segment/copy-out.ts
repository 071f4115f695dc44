import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { CopyMessages } from './copy-messages.js';
import type { SourceSocket } from './source-socket.js';
import { Windows } from './windows.js';

/**
 * A `copy ... to stdout` as pieces of its text, for `client.query`. Takes the connection's bytes from pg while the COPY lasts,
 * since pg makes an object of every row. A failure is met by the reader, whenever it comes.
 */
export class CopyOut implements pg.Submittable, AsyncIterable<Buffer> {
  /** Once the pieces have ended. */
  rowCount = 0;
  private readonly statement: string;
  private readonly messages = new CopyMessages();
  private readonly windows: Windows;
  private connection: pg.Connection | undefined;
  private hasEnded = false;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  /** `aheadBytes`: what may wait for its reader, until the server has to. */
  constructor(statement: string, aheadBytes = 0) {
    this.statement = statement;
    this.windows = new Windows(aheadBytes);
  }

  /** Each piece is valid until the next one is asked for: its memory is used again. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const piece = this.windows.take(this.hasEnded);
      if (!this.windows.isFull) this.connection?.stream.resume();
      if (piece !== undefined) yield piece;
      else if (this.failure !== undefined) throw this.failure;
      else if (this.hasEnded) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Called by pg, as all that follow. */
  submit(connection: pg.Connection): void {
    const { stream } = connection;
    this.connection = connection;
    const [readByPg] = stream.listeners('data') as [(bytes: Buffer) => void];
    const read = (bytes: Buffer): void => {
      const { data, rest } = this.messages.take(bytes);
      this.keep(data);
      if (rest === undefined) return;
      stream.off('data', read);
      stream.on('data', readByPg);
      lend(stream, false);
      stream.resume();
      readByPg(rest);
    };
    stream.off('data', readByPg);
    stream.on('data', read);
    lend(stream, true);
    connection.query(this.statement);
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.rowCount = Number(text.replace('COPY ', ''));
  }

  handleReadyForQuery(): void {
    this.hasEnded = true;
    this.wakeReader();
  }

  handleError(error: Error): void {
    this.failure = error;
    this.wakeReader();
  }

  private keep(data: Buffer): void {
    if (data.length === 0) return;
    this.windows.add(data);
    if (this.windows.isFull) this.connection!.stream.pause();
    this.wakeReader();
  }

  /** After other connections have had their turn: while data come fast, a reader that is woken at once leaves them none. */
  private wakeReader(): void {
    if (this.wake) setImmediate(this.wake);
    this.wake = undefined;
  }
}

/** Over TLS the connection's stream is another one, which cannot lend. */
function lend(stream: Duplex | SourceSocket, lends: boolean): void {
  if ('lends' in stream) stream.lends = lends;
}
