/** Where workflows wait for a worker, and all their steps but the diff. */
export const taskQueue = 'outflow';

/**
 * Where the diffs of workflows on `queue` wait for a worker: a queue of their own, with few slots, because each diff
 * reads a whole segment.
 */
export function diffTaskQueue(queue: string): string {
  return `${queue}-diff`;
}
