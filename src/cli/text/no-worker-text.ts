import type { Pollers } from '../../temporal/pollers.js';
import { instant } from '../../text/words.js';

/** That nobody does the work of runs, and since when. */
export function noWorkerText({ lastAskedAt }: Pollers): string {
  const since =
    lastAskedAt === undefined ? 'No worker has been there for minutes' : `No worker since ${instant(lastAskedAt)}`;
  return `${since}: runs wait until one is started with \`outflow worker\`.`;
}
