import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { CopyMessages } from './copy-messages.js';
import type { LendingSocket } from './lending-socket.js';

/** Makes pieces of some kind of a COPY's bytes, which come in no pieces of any meaning. */
export interface CopyReader<Piece> {
  /** Whether no more should be added for now. What is added all the same is kept. */
  readonly isFull: boolean;
  /** `data` is valid until this returns. */
  add(data: Buffer): void;
  /** The next piece; undefined when there is none yet, or at the end none any more. */
  take(atEnd: boolean): Piece | undefined;
}

/**
 * A `copy ... to stdout` as pieces, for `client.query`. Takes the connection's bytes from pg while the COPY lasts, since pg
 * makes an object of every row. A failure is met by who reads the pieces, whenever that is.
 */
export class CopyOut<Piece> implements pg.Submittable, AsyncIterable<Piece> {
  /** Once the pieces have ended. */
  rowCount = 0;
  private readonly statement: string;
  private readonly messages = new CopyMessages();
  private readonly reader: CopyReader<Piece>;
  private connection: pg.Connection | undefined;
  private hasEnded = false;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  constructor(statement: string, reader: CopyReader<Piece>) {
    this.statement = statement;
    this.reader = reader;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Piece> {
    for (;;) {
      const piece = this.reader.take(this.hasEnded);
      if (!this.reader.isFull) this.connection?.stream.resume();
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
    this.reader.add(data);
    if (this.reader.isFull) this.connection!.stream.pause();
    this.wakeReader();
  }

  /** After other connections have had their turn: while data come fast, a reader that is woken at once leaves them none. */
  private wakeReader(): void {
    if (this.wake) setImmediate(this.wake);
    this.wake = undefined;
  }
}

/** Over TLS the connection's stream is another one, which cannot lend. */
function lend(stream: Duplex | LendingSocket, lends: boolean): void {
  if ('lends' in stream) stream.lends = lends;
}
