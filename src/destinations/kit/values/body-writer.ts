import type { FixedText } from './fixed-text.js';

const FIRST_BYTES = 1 << 16;
const MAX_BYTES_PER_UNIT = 3; // UTF-8 of a UTF-16 unit

/**
 * Gathers a body as UTF-8, and after `clear` another one in the same memory. Bytes are appended without a check, since a check for
 * each costs more than the byte: whoever appends has reserved room before.
 */
export class BodyWriter {
  /** Written up to `length`. */
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  length = 0;
  private view = new DataView(this.bytes.buffer);

  clear(): void {
    this.length = 0;
  }

  /** Makes room for so many bytes more. Throws when more was appended before than there was room for: that is lost. */
  reserve(bytes: number): void {
    if (this.length > this.bytes.length) throw new Error('A body is longer than the room that was made for it');
    if (this.length + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.length + bytes));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
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

  /** What was written, valid until `clear`. */
  written(): Buffer {
    this.reserve(0);
    return this.bytes.subarray(0, this.length);
  }
}
