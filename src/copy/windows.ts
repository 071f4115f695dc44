import { NEWLINE } from '../lines/format.js';
import type { CopyReader } from './copy-out.js';

const WINDOW_BYTES = 1 << 18;
/** That a window has room for beyond that: what a connection gives at once. */
const PIECE_BYTES = 1 << 16;

/**
 * COPY text on its way from a connection to its reader, in a few buffers that are used again and again: new ones for a
 * million rows would be most of the garbage of a run. While the reader has one window the next is filled.
 */
export class Windows implements CopyReader<Buffer> {
  private readonly mostWaiting: number;
  private filling = newWindow();
  private filled = 0;
  /** Whether `filling` has more than the beginning of a line, left from the window before. */
  private hasNew = false;
  private readonly waiting: { window: Buffer; bytes: number }[] = [];
  private readonly free: Buffer[] = [];
  private withReader: Buffer | undefined;

  /** `aheadBytes`: may wait besides the window that is filled, until the server has to. */
  constructor(aheadBytes: number) {
    this.mostWaiting = Math.floor(aheadBytes / (WINDOW_BYTES + PIECE_BYTES));
  }

  get isFull(): boolean {
    return this.filled >= WINDOW_BYTES && this.waiting.length >= this.mostWaiting;
  }

  add(data: Buffer): void {
    this.append(data);
    this.hasNew = true;
    if (this.filled >= WINDOW_BYTES && this.waiting.length < this.mostWaiting) this.closeWindow();
  }

  /**
   * The next text, which is valid until the next call: whole lines, if there are any, so that who reads them need not put them
   * together; else, or at the end, what there is.
   */
  take(atEnd: boolean): Buffer | undefined {
    if (this.withReader) this.free.push(this.withReader);
    this.withReader = undefined;
    if (this.waiting.length === 0 && (this.hasNew || (atEnd && this.filled > 0))) this.closeWindow();
    const next = this.waiting.shift();
    if (next === undefined) return undefined;
    this.withReader = next.window;
    return next.window.subarray(0, next.bytes);
  }

  /** Its last line, where it is not whole, begins the next window. */
  private closeWindow(): void {
    const { filling: window, filled } = this;
    const bytes = window.lastIndexOf(NEWLINE, filled - 1) + 1 || filled;
    this.waiting.push({ window, bytes });
    this.filling = this.free.pop() ?? newWindow();
    this.filled = 0;
    this.append(window.subarray(bytes, filled));
    this.hasNew = this.filled >= WINDOW_BYTES; // of a long line: waiting for its end would take more memory
  }

  private append(data: Buffer): void {
    const needed = this.filled + data.length;
    if (needed > this.filling.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * this.filling.length, needed));
      this.filling.copy(larger, 0, 0, this.filled);
      this.filling = larger;
    }
    data.copy(this.filling, this.filled);
    this.filled = needed;
  }
}

function newWindow(): Buffer {
  return Buffer.allocUnsafe(WINDOW_BYTES + PIECE_BYTES);
}
