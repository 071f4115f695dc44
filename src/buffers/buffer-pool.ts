/** Memory of the pool that nobody else has until it is given back. */
export interface PooledBuffer {
  /** Holds at least as many bytes as were asked for. What stands in them is left from their last use. */
  readonly bytes: Buffer;
  /** Gives the memory back: nobody reads it any more. Throws when it was given back before. */
  release(): void;
}

/** Less is not worth keeping. */
const LEAST_BYTES = 1 << 16;
/** No text has this byte: UTF-8 never uses it. */
const SPOILT = 0xff;

let spoilsReleased = false;

/** From now on what is given back is overwritten, so that whoever still reads it reads what no text holds: for tests. */
export function spoilReleasedBuffers(): void {
  spoilsReleased = true;
}

/** Buffers that are used again and again: new ones for each use would be most of the garbage of a large run. */
export class BufferPool {
  private readonly mostFree: number;
  private readonly free: Buffer[] = [];

  /** `mostFree`: buffers that are kept while nobody uses them; the one that was given back first goes. */
  constructor(mostFree: number) {
    this.mostFree = mostFree;
  }

  /**
   * The first buffer that is long enough, or a new one, a little longer than asked for: what comes next is about as large. Less
   * than 64 KiB is always new, and never kept.
   */
  take(atLeast: number): PooledBuffer {
    if (atLeast < LEAST_BYTES) return this.lend(Buffer.allocUnsafe(atLeast));
    const fitting = this.free.findIndex(({ length }) => length >= atLeast);
    if (fitting < 0) return this.lend(Buffer.allocUnsafeSlow(atLeast + (atLeast >>> 4)));
    return this.lend(this.free.splice(fitting, 1)[0]!);
  }

  private lend(bytes: Buffer): PooledBuffer {
    let isReleased = false;
    return {
      bytes,
      release: () => {
        if (isReleased) throw new Error('A buffer was given back twice');
        isReleased = true;
        if (spoilsReleased) bytes.fill(SPOILT);
        if (bytes.length < LEAST_BYTES) return;
        if (this.free.length === this.mostFree) this.free.shift();
        this.free.push(bytes);
      },
    };
  }
}
