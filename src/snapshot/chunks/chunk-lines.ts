import { NEWLINE } from '../../lines/format.js';
import { chunkMemory } from './memory.js';

const FIRST_BYTES = 1 << 16;
const NO_LINES = Buffer.alloc(0);

/**
 * The lines of a chunk while they are gathered. They are copied, because the buffer that a line was read in is used again;
 * lines that follow each other there, as those of a first run do, are copied together.
 */
export class ChunkLines {
  /** Of all lines. */
  bytes = 0;
  /** Where the last line starts. */
  lastStart = 0;
  private memory = chunkMemory(FIRST_BYTES);
  /** The last lines, which are not copied yet: `source[from..to)`. */
  private source: Buffer = NO_LINES;
  private from = 0;
  private to = 0;

  /** The line `source[start..end)`, which gets a newline where it has none. The source must stay as it is until `detach`. */
  add(source: Buffer, start: number, end: number): void {
    if (source !== this.source || start !== this.to) {
      this.detach();
      this.source = source;
      this.from = start;
    }
    this.to = end;
    this.lastStart = this.bytes;
    this.bytes += end - start;
    if (source[end - 1] !== NEWLINE) this.endLine();
  }

  /** Depends on no source any more. */
  detach(): void {
    this.reserve();
    this.source.copy(this.memory.bytes, this.bytes - (this.to - this.from), this.from, this.to);
    this.source = NO_LINES;
    this.from = 0;
    this.to = 0;
  }

  /**
   * All lines, and what gives their memory back, once nobody needs them; the next chunk's are gathered from then on. Memory
   * that is not half full is kept, and its lines are copied.
   */
  take(): { lines: Buffer; release: () => void } {
    this.detach();
    const { memory, bytes } = this;
    const lines = memory.bytes.subarray(0, bytes);
    this.bytes = 0;
    if (bytes <= memory.bytes.length / 2) return { lines: Buffer.from(lines), release: () => undefined };
    this.memory = chunkMemory(bytes);
    return { lines, release: () => memory.release() };
  }

  private endLine(): void {
    this.detach();
    this.bytes++;
    this.reserve();
    this.memory.bytes[this.bytes - 1] = NEWLINE;
  }

  private reserve(): void {
    const { memory } = this;
    if (this.bytes <= memory.bytes.length) return;
    this.memory = chunkMemory(Math.max(2 * memory.bytes.length, this.bytes));
    memory.bytes.copy(this.memory.bytes);
    memory.release();
  }
}
