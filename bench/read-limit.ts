import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What reading a query costs that is thrown away. */
export interface ReadLimit {
  seconds: number;
  bytes: number;
}

/** Runs copy-limit.ts in a fresh process. */
export async function readLimit(sourceUrl: string, sql: string): Promise<ReadLimit> {
  const program = fileURLToPath(new URL('./copy-limit.ts', import.meta.url));
  const child = fork(program, [sql], { env: { ...process.env, SOURCE_URL: sourceUrl } });
  let limit: ReadLimit | undefined;
  child.once('message', (message) => (limit = message as ReadLimit));
  await once(child, 'exit');
  if (!limit) throw new Error('the limit could not be read: see above');
  return limit;
}
