import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Ground } from '../ground.js';

/** Starts the worker of the empty workflow, and waits until it serves Temporal. Gone after `stop`, or with the ground. */
export async function startEmptyWorker(ground: Ground, temporalAddress: string): Promise<{ stop(): Promise<void> }> {
  ground.signal.throwIfAborted();
  const child = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), {
    env: { ...process.env, TEMPORAL_ADDRESS: temporalAddress },
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  const serving = Promise.race([once(child, 'message').then(() => true), exited.then(() => false)]);
  if (!(await ground.keep(serving, stop)))
    throw new Error('The worker of the empty workflow did not start: see above.');
  return { stop };
}
