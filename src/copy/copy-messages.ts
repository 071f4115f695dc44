const HEADER_BYTES = 5;
const COPY_DATA = 'd'.charCodeAt(0);
/** Others that may come within a COPY: its announcement, notices, changed parameters, notifications. */
const passedOver = new Set(Buffer.from('HNSA'));

/**
 * Takes the data of a `copy ... to stdout` out of PostgreSQL's messages, of which there is one a row: a byte that says what
 * it is, the length of what follows as an int4, which counts itself, and the data. They may be cut anywhere.
 */
export class CopyMessages {
  private readonly header = Buffer.alloc(HEADER_BYTES);
  private headerBytes = 0;
  /** Of the message at hand, bytes to come. */
  private left = 0;
  private isData = false;

  /**
   * The data of a piece of the connection, moved together in the piece itself: an object a row would be most of the garbage
   * of a run. `rest` is what follows the COPY's messages, once they have ended, whether well or not.
   */
  take(piece: Buffer): { data: Buffer; rest: Buffer | undefined } {
    let at = 0;
    let length = 0;
    while (at < piece.length) {
      if (this.left > 0) {
        const end = Math.min(at + this.left, piece.length);
        this.left -= end - at;
        if (this.isData) {
          piece.copyWithin(length, at, end);
          length += end - at;
        }
        at = end;
        continue;
      }
      this.header[this.headerBytes++] = piece[at++]!;
      if (this.headerBytes < HEADER_BYTES) continue;
      const code = this.header[0]!;
      this.headerBytes = 0;
      this.isData = code === COPY_DATA;
      if (!this.isData && !passedOver.has(code)) {
        return { data: piece.subarray(0, length), rest: Buffer.concat([this.header, piece.subarray(at)]) };
      }
      this.left = this.header.readUInt32BE(1) - 4;
    }
    return { data: piece.subarray(0, length), rest: undefined };
  }
}
