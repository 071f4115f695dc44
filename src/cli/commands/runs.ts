import { listRuns } from '../../operations/list-runs.js';
import { print, printJson } from '../../terminal/output.js';
import { runTable } from '../text/run-table.js';
import { withSession } from '../session.js';

/** `outflow runs`: the newest first. */
export function runsCommand(
  activation: string | undefined,
  { file, limit, json }: { file: string; limit: number; json: boolean },
): Promise<number> {
  return withSession(file, async (session) => {
    const runs = await listRuns(session, { limit, ...(activation === undefined ? {} : { activation }) });
    if (json) printJson(runs);
    else print(runs.length === 0 ? 'No runs yet.' : runTable(runs));
    return 0;
  });
}
