import { heartbeat } from '@temporalio/activity';

const EVERY_MS = 2_000;

/**
 * Tells Temporal that the step lives while `work` goes on; so a dead worker is noticed and a cancellation arrives.
 * `details` are figures, never rows.
 */
export async function withHeartbeats<T>(details: () => unknown, work: () => Promise<T>): Promise<T> {
  const beat = setInterval(() => heartbeat(details()), EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}
