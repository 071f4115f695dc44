import { exitCodeOf } from '../../activation/errors.js';
import { failureText } from '../failure.js';
import { print, printJson, say } from '../../terminal/output.js';
import { withSession } from '../session.js';
import { readStatus } from '../../operations/status.js';
import { statusText } from '../text/status-text.js';

/**
 * `outflow status`. Without Temporal it shows what the engine's database knows, and the exit code is that of
 * TemporalUnreachable.
 */
export function statusCommand(
  name: string | undefined,
  { file, json }: { file: string; json: boolean },
): Promise<number> {
  return withSession(file, async (session) => {
    const { report, failure } = await readStatus(session, name);
    if (json) printJson(report);
    else print(statusText(report));
    if (!failure) return 0;
    say(failureText(failure));
    return exitCodeOf(failure.code);
  });
}
