import { BodyWriter } from './values/body-writer.js';

/** A body whose memory is used for another one once it is given back. */
export interface Body {
  readonly bytes: Buffer;
  /** Nobody reads its bytes any more. To be called once. */
  release(): void;
}

/** Given back. New memory for each body would be much of the garbage of a run. */
const free: BodyWriter[] = [];
/** More than the bodies of a few runs that are sent at once. */
const MOST_FREE = 8;

/** An empty body, and what it is once it is written. */
export function freeBody(): { writer: BodyWriter; written(): Body } {
  const writer = free.pop() ?? new BodyWriter();
  writer.clear();
  return {
    writer,
    written: () => ({
      bytes: writer.written(),
      release() {
        if (free.length < MOST_FREE) free.push(writer);
      },
    }),
  };
}
