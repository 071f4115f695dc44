import { exitCodeOf } from '../../activation/errors.js';
import { readStatus } from '../../operations/status.js';
import { print, printJson, say, warn } from '../../terminal/output.js';
import { failureText } from '../failure.js';
import { withSession } from '../session.js';
import { noWorkerText } from '../text/no-worker-text.js';
import { overviewText } from '../text/overview-text.js';
import { statusText } from '../text/status-text.js';

/**
 * `outflow status`. Without Temporal it shows what the engine's database knows. The exit code is for health checks, too:
 * that of TemporalUnreachable also when no worker serves the runs.
 */
export function statusCommand(
  name: string | undefined,
  { file, json }: { file: string; json: boolean },
): Promise<number> {
  return withSession(file, async (session) => {
    const { report, failure } = await readStatus(session, name);
    if (json) printJson(report);
    else print(name === undefined ? overviewText(report) : statusText(report));
    if (failure) {
      say(failureText(failure));
      return exitCodeOf(failure.code);
    }
    if (!report.workers || report.workers.isServed) return 0;
    warn(noWorkerText(report.workers));
    return exitCodeOf('TemporalUnreachable');
  });
}
