import { readEnvironment } from '../../config/environment.js';
import { loadDefinitions } from '../../config/load-definitions.js';
import { applyDefinitions, planDefinitions } from '../../operations/apply-definitions.js';
import { print, printJson, say } from '../../terminal/output.js';
import { confirm } from '../confirm.js';
import { withSession } from '../session.js';
import { planText } from '../text/plan-text.js';

interface ApplyOptions {
  file: string;
  yes: boolean;
  json: boolean;
}

/** `outflow apply`: exit code 0 also when the answer is no. */
export async function applyCommand({ file, yes, json }: ApplyOptions): Promise<number> {
  const { definitions } = await loadDefinitions(file, await readEnvironment(file, process.env));
  return withSession(file, async (session) => {
    const planned = await planDefinitions(session, definitions);
    const { applied, plan, schedules } = planned;
    const changes = { activations: plan.changes, schedules };
    if (!planned.changes) {
      if (json) printJson({ changed: false, version: applied.version, ...changes });
      else print('Nothing to change.');
      return 0;
    }
    say(planText(plan, schedules, definitions));
    if (!yes && !(await confirm('Apply this?'))) {
      say('Nothing was changed.');
      return 0;
    }
    const { version } = await applyDefinitions(session, definitions, planned);
    if (json) printJson({ changed: true, version, ...changes });
    else print(`Applied: version ${version}.`);
    return 0;
  });
}
