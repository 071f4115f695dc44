import { countLines } from '../lines/format.js';

const REPORT_EVERY_MS = 1_000;

/**
 * About how many rows a diff has read, for people who watch it: from the bytes read and the length of the first lines,
 * because counting every line would cost a tenth of the reading.
 */
export class RowsRead {
  private readonly report: (rows: number) => Promise<void>;
  private bytes = 0;
  private bytesPerRow = 0;
  private reportedAt = -Infinity;

  constructor(report: (rows: number) => Promise<void>) {
    this.report = report;
  }

  get current(): number {
    return this.bytesPerRow === 0 ? 0 : Math.round(this.bytes / this.bytesPerRow);
  }

  /** Counts from 0: a segment that is read again is not read twice as far. */
  async *count(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    this.bytes = 0;
    for await (const piece of pieces) {
      if (this.bytesPerRow === 0) this.bytesPerRow = bytesPerRow(piece);
      this.bytes += piece.length;
      yield piece;
      const now = performance.now();
      if (now - this.reportedAt < REPORT_EVERY_MS) continue;
      this.reportedAt = now;
      await this.report(this.current);
    }
  }
}

function bytesPerRow(piece: Buffer): number {
  const lines = countLines(piece);
  return lines === 0 ? 0 : piece.length / lines;
}
