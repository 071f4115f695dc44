import type pg from 'pg';
import { NEWLINE } from '../activation/copy-text.js';
import { CopyMessages } from './copy-messages.js';

/** Data that wait for their reader, until the server has to. */
const MAX_WAITING_BYTES = 1 << 18;

/**
 * A `copy ... to stdout` as pieces of its text, for `client.query`. Takes the connection's bytes from pg while the COPY lasts,
 * since pg makes an object of every row. A failure is met by the reader, whenever it comes.
 */
export class CopyOut implements pg.Submittable, AsyncIterable<Buffer> {
  /** Once the pieces have ended. */
  rowCount = 0;
  private readonly statement: string;
  private readonly messages = new CopyMessages();
  private connection: pg.Connection | undefined;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  /** Whether not all that waits is the beginning of a line, left from before. */
  private hasNew = false;
  private hasEnded = false;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  constructor(statement: string) {
    this.statement = statement;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      if (this.hasNew || (this.hasEnded && this.waitingBytes > 0)) yield this.takeWaiting();
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
      stream.resume();
      readByPg(rest);
    };
    stream.off('data', readByPg);
    stream.on('data', read);
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
    this.waiting.push(data);
    this.waitingBytes += data.length;
    this.hasNew = true;
    if (this.waitingBytes >= MAX_WAITING_BYTES) this.connection!.stream.pause();
    this.wakeReader();
  }

  /** Whole lines, if there are any: who reads them need not put them together. */
  private takeWaiting(): Buffer {
    const data = Buffer.concat(this.waiting, this.waitingBytes);
    const cut = data.lastIndexOf(NEWLINE) + 1 || data.length;
    this.waiting = cut < data.length ? [Buffer.from(data.subarray(cut))] : [];
    this.waitingBytes = data.length - cut;
    this.hasNew = false;
    this.connection!.stream.resume();
    return data.subarray(0, cut);
  }

  /** After other connections have had their turn: while data come fast, a reader that is woken at once leaves them none. */
  private wakeReader(): void {
    if (this.wake) setImmediate(this.wake);
    this.wake = undefined;
  }
}
