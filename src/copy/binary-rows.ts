import type { CopyReader } from './copy-out.js';

/** What a binary COPY begins with; the last eight bytes are flags and the length of an extension, of which there are none. */
export const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');

/** A field from so many bytes is long. */
export const LONG_BYTES = 1 << 14;

/** A field of a row: the wire form of its type, or null. */
export type WireField = Buffer | null;

/** The rows of a binary COPY. Each field has memory of its own, a long one that of `memoryFor`. */
export class BinaryRows implements CopyReader<WireField[]> {
  private readonly memoryFor: (bytes: number) => Buffer;
  private readonly rows: WireField[][] = [];
  private row: WireField[] = [];
  private fieldsLeft = 0;
  /** What is filled, up to `filled`, and what is to be done with it when it is full. */
  private part: Buffer = Buffer.allocUnsafe(SIGNATURE.length);
  private filled = 0;
  private onFull: () => void = () => this.expectRow();

  constructor(memoryFor: (bytes: number) => Buffer = (bytes) => Buffer.allocUnsafe(bytes)) {
    this.memoryFor = memoryFor;
  }

  get isFull(): boolean {
    return this.rows.length > 0;
  }

  add(data: Buffer): void {
    let at = 0;
    for (;;) {
      const copied = data.copy(this.part, this.filled, at);
      at += copied;
      this.filled += copied;
      if (this.filled < this.part.length) return;
      this.onFull();
    }
  }

  take(): WireField[] | undefined {
    return this.rows.shift();
  }

  private expect(bytes: number, onFull: () => void): void {
    this.part = bytes < LONG_BYTES ? Buffer.allocUnsafe(bytes) : this.memoryFor(bytes);
    this.filled = 0;
    this.onFull = onFull;
  }

  /** A row begins with the number of its fields; after the last row there is -1. */
  private expectRow(): void {
    this.expect(2, () => {
      this.fieldsLeft = this.part.readInt16BE();
      this.row = [];
      if (this.fieldsLeft < 0) this.expectRow();
      else this.expectField();
    });
  }

  /** A field begins with its length, which is -1 for null. */
  private expectField(): void {
    if (this.fieldsLeft === 0) {
      this.rows.push(this.row);
      this.expectRow();
      return;
    }
    this.expect(4, () => {
      const length = this.part.readInt32BE();
      if (length < 0) this.endField(null);
      else this.expect(length, () => this.endField(this.part));
    });
  }

  private endField(field: WireField): void {
    this.row.push(field);
    this.fieldsLeft--;
    this.expectField();
  }
}
