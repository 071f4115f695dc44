/** Which chunks of a run are acknowledged, and which are still to be sent. JSON: it is carried by continue-as-new. */
export interface ChunkList {
  /** Chunks are numbered 1 to this. */
  total: number;
  /** The lowest number that was never taken. */
  next: number;
  /** Taken and given back before they were acknowledged, in ascending order. */
  unfinished: number[];
  done: number;
}

export function chunkList(total: number): ChunkList {
  return { total, next: 1, unfinished: [], done: 0 };
}

export function hasChunksLeft(list: ChunkList): boolean {
  return list.unfinished.length > 0 || list.next <= list.total;
}

/** The lowest chunk that nobody sends; undefined when all are taken. */
export function takeChunk(list: ChunkList): number | undefined {
  const unfinished = list.unfinished.shift();
  if (unfinished !== undefined) return unfinished;
  return list.next <= list.total ? list.next++ : undefined;
}

/** Gives a taken chunk back, to be sent later. */
export function giveBackChunk(list: ChunkList, chunk: number): void {
  list.unfinished = [...list.unfinished, chunk].sort((a, b) => a - b);
}
