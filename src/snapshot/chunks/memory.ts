import { BufferPool, type PooledBuffer } from '../../buffers/buffer-pool.js';

export type ChunkMemory = PooledBuffer;

/** Chunks of a few runs that are stored and sent at once. */
const pool = new BufferPool(12);

/** For the lines of a chunk. */
export function chunkMemory(atLeast: number): ChunkMemory {
  return pool.take(atLeast);
}
