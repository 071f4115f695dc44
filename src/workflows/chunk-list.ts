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

/**
 * Takes the lowest chunks that nobody sends, in ascending order: as many as one of so many lanes should take at once, and not
 * more than `most`. None when all are taken.
 */
export function takeShare(list: ChunkList, lanes: number, most: number): number[] {
  const left = list.unfinished.length + list.total - list.next + 1;
  // Half of an even share: each of the others finds twice as much to do meanwhile, so that all end together, with one each.
  const length = Math.min(most, Math.ceil(left / (2 * lanes)));
  const share = list.unfinished.splice(0, length);
  while (share.length < length) share.push(list.next++);
  return share;
}

/** Gives taken chunks back, to be sent later. */
export function giveBackChunks(list: ChunkList, chunks: readonly number[]): void {
  list.unfinished = [...list.unfinished, ...chunks].sort((a, b) => a - b);
}
