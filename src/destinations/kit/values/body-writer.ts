import { BufferPool } from '../../../buffers/buffer-pool.js';
import type { FixedText } from './fixed-text.js';

const FIRST_BYTES = 1 << 16;
const MAX_BYTES_PER_UNIT = 3; // UTF-8 of a UTF-16 unit
/** Bodies of a few runs that are sent at once. */
const pool = new BufferPool(8);

/**
 * Gathers a body as UTF-8. Bytes are appended without a check, since a check for each costs more than the byte: whoever
 * appends has reserved room before.
 */
export class BodyWriter {
  private memory = pool.take(FIRST_BYTES);
  /** Written up to `length`. */
  bytes = this.memory.bytes;
  length = 0;
  private view = new DataView(this.bytes.buffer);

  /** Nobody appends, or reads what was written, any more. */
  release(): void {
    this.memory.release();
  }

  /** Makes room for so many bytes more. Throws when more was appended before than there was room for: that is lost. */
  reserve(bytes: number): void {
    if (this.length > this.bytes.length) throw new Error('A body is longer than the room that was made for it');
    if (this.length + bytes <= this.bytes.length) return;
    const larger = pool.take(Math.max(2 * this.bytes.length, this.length + bytes));
    this.bytes.copy(larger.bytes, 0, 0, this.length);
    this.memory.release();
    this.memory = larger;
    this.bytes = larger.bytes;
    this.view = new DataView(larger.bytes.buffer);
  }

  appendByte(byte: number): void {
    this.bytes[this.length++] = byte;
  }

  appendFixed({ words, length }: FixedText): void {
    const { view, length: start } = this;
    for (let i = 0; i < words.length; i++) view.setInt32(start + 4 * i, words[i]!, true);
    this.length = start + length;
  }

  /** Appends `source[start..end)`: by a loop, because pieces are a few bytes long. */
  append(source: Buffer, start: number, end: number): void {
    const { bytes } = this;
    let { length } = this;
    for (let at = start; at < end; at++) bytes[length++] = source[at]!;
    this.length = length;
  }

  /** Appends text, for which it makes room itself, and so much beside it. */
  appendText(text: string, room: number): void {
    this.reserve(MAX_BYTES_PER_UNIT * text.length + room);
    this.length += this.bytes.write(text, this.length);
  }

  /** What was written, valid until `release`. */
  written(): Buffer {
    this.reserve(0);
    return this.bytes.subarray(0, this.length);
  }
}
