/**
 * Reads a stream before anybody asks for it, up to so many bytes, so that its server works meanwhile. A failure is met by
 * whoever reads that far.
 */
export class ReadAhead implements AsyncIterable<Buffer> {
  private readonly pieces: AsyncIterator<Buffer>;
  private readonly maxBytes: number;
  private readonly waiting: Buffer[] = [];
  private bytes = 0;
  private hasEnded = false;
  private failure: Error | undefined;
  /** Resolves the promise that the reader or the consumer waits for. */
  private wake: () => void = () => undefined;

  constructor(stream: AsyncIterable<Buffer>, maxBytes: number) {
    this.pieces = stream[Symbol.asyncIterator]();
    this.maxBytes = maxBytes;
    void this.read();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const piece = this.waiting.shift();
        if (piece !== undefined) {
          this.bytes -= piece.length;
          this.wake();
          yield piece;
        } else if (this.failure !== undefined) {
          throw this.failure;
        } else if (this.hasEnded) {
          return;
        } else {
          await this.change();
        }
      }
    } finally {
      this.close();
    }
  }

  /** Ends the stream before its end. Does not wait for a piece that is on its way: its server may take long. */
  close(): void {
    this.hasEnded = true;
    this.wake();
    this.pieces.return?.().catch(() => undefined);
  }

  private async read(): Promise<void> {
    try {
      while (!this.hasEnded) {
        const next = await this.pieces.next();
        if (next.done) this.hasEnded = true;
        else {
          this.waiting.push(next.value);
          this.bytes += next.value.length;
        }
        this.wake();
        while (this.bytes >= this.maxBytes && !this.isOver()) await this.change();
      }
    } catch (error) {
      this.failure = error as Error;
      this.wake();
    }
  }

  /** Asked anew each time: the other side may have ended it. */
  private isOver(): boolean {
    return this.hasEnded;
  }

  private change(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }
}
