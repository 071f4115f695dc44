import { count, share } from './shape.js';

/** Which of the requests that could have a fault do have it. Neither `next` nor `probability`: all of them. */
export interface Selection {
  /** The next so many. */
  next?: number;
  /** Each with this probability, by a generator that starts from `seed` (default 1), so that a test repeats itself. */
  probability?: number;
  seed?: number;
}

/** The members of a selection that came in as JSON. */
export const selection = { next: count, probability: share, seed: count };

/** Asked once for each request that could have the fault: whether it has. */
export function picker(selection: Selection | undefined): () => boolean {
  if (selection === undefined) return () => false;
  const { next, probability = 1, seed = 1 } = selection;
  const random = seededRandom(seed);
  let left = next ?? Infinity;
  return () => {
    if (left <= 0 || random() >= probability) return false;
    left -= 1;
    return true;
  };
}

/** mulberry32: numbers in [0, 1), the same for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
