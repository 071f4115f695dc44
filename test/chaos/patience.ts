import { setTimeout as sleep } from 'node:timers/promises';
import { stretched } from '../support/patience.js';

const EVERY_MS = 100;

/** Repeats what fails because a server is away; after `forMs`, stretched, it throws as the last try did. */
export async function patiently<T>(work: () => Promise<T>, forMs = 90_000): Promise<T> {
  const deadline = Date.now() + stretched(forMs);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(EVERY_MS);
    }
  }
}

/** Asks until the answer is yes; false when it was not within `withinMs`, stretched. A question that fails is asked again. */
export async function comesAbout(question: () => Promise<boolean>, withinMs: number, everyMs = 40): Promise<boolean> {
  const deadline = Date.now() + stretched(withinMs);
  while (Date.now() < deadline) {
    if (await question().catch(() => false)) return true;
    await sleep(everyMs);
  }
  return false;
}
