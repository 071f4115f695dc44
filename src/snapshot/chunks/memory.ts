/** Memory of a chunk, which is used for another one once it is given back. */
export interface ChunkMemory {
  /** As long as was asked for, at least; whatever stood there. */
  readonly bytes: Buffer;
  /** Nobody reads it any more. To be called once. */
  release(): void;
}

/** Given back. New memory for each chunk would be most of the garbage of a first run. */
const free: Buffer[] = [];
/** More than the chunks of a few runs that are stored and sent at once. */
const MOST_FREE = 12;

/** Less is not worth keeping. */
const LEAST_BYTES = 1 << 16;

/** For the lines of a chunk; the next ones are about as large. */
export function chunkMemory(atLeast: number): ChunkMemory {
  if (atLeast < LEAST_BYTES) return { bytes: Buffer.allocUnsafe(atLeast), release: () => undefined };
  const fitting = free.findIndex((memory) => memory.length >= atLeast);
  const bytes = fitting < 0 ? Buffer.allocUnsafeSlow(atLeast + (atLeast >>> 4)) : free.splice(fitting, 1)[0]!;
  return {
    bytes,
    release() {
      if (free.length === MOST_FREE) free.shift();
      free.push(bytes);
    },
  };
}
