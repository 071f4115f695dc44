import { BufferPool, type PooledBuffer } from '../buffers/buffer-pool.js';
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
  private readonly pool: BufferPool;
  private filling: PooledBuffer;
  private filled = 0;
  /** Whether `filling` has more than the beginning of a line, left from the window before. */
  private hasNew = false;
  private readonly waiting: { window: PooledBuffer; bytes: number }[] = [];
  private withReader: PooledBuffer | undefined;

  /** `aheadBytes`: may wait besides the window that is filled, until the server has to. */
  constructor(aheadBytes: number) {
    this.mostWaiting = Math.floor(aheadBytes / (WINDOW_BYTES + PIECE_BYTES));
    this.pool = new BufferPool(this.mostWaiting + 2); // one is filled, one is with the reader
    this.filling = this.newWindow();
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
    this.withReader?.release();
    this.withReader = undefined;
    if (this.waiting.length === 0 && (this.hasNew || (atEnd && this.filled > 0))) this.closeWindow();
    const next = this.waiting.shift();
    if (next === undefined) return undefined;
    this.withReader = next.window;
    return next.window.bytes.subarray(0, next.bytes);
  }

  /** Its last line, where it is not whole, begins the next window. */
  private closeWindow(): void {
    const { filling: window, filled } = this;
    const bytes = window.bytes.lastIndexOf(NEWLINE, filled - 1) + 1 || filled;
    this.waiting.push({ window, bytes });
    this.filling = this.newWindow();
    this.filled = 0;
    this.append(window.bytes.subarray(bytes, filled));
    this.hasNew = this.filled >= WINDOW_BYTES; // of a long line: waiting for its end would take more memory
  }

  private append(data: Buffer): void {
    const needed = this.filled + data.length;
    const { bytes } = this.filling;
    if (needed > bytes.length) {
      const larger = this.pool.take(Math.max(2 * bytes.length, needed));
      bytes.copy(larger.bytes, 0, 0, this.filled);
      this.filling.release();
      this.filling = larger;
    }
    data.copy(this.filling.bytes, this.filled);
    this.filled = needed;
  }

  private newWindow(): PooledBuffer {
    return this.pool.take(WINDOW_BYTES + PIECE_BYTES);
  }
}
