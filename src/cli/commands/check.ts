import { exitCodeOf } from '../../activation/errors.js';
import { checkFile } from '../../operations/check/check.js';
import type { CheckFault, CheckReport, Recovered } from '../../operations/check/report.js';
import { cliActor } from '../session.js';
import { StepsUnderWay } from '../../operations/check/steps-under-way.js';
import { colours, print, printJson, say } from '../../terminal/output.js';
import { visibleLines } from '../../text/visible.js';
import { duration, plural } from '../../text/words.js';

/** `outflow check`: exit code 0 without faults, else that of the first one. */
export async function checkCommand(names: string[], { file, json }: { file: string; json: boolean }): Promise<number> {
  const steps = new StepsUnderWay();
  const telling = setInterval(() => tell(steps), TELL_EVERY_MS);
  const report = await checkFile(file, names, cliActor(), steps).finally(() => clearInterval(telling));
  if (json) printJson(report);
  else print(reportText(report, names.length === 0 ? file : names.join(', ')));
  return report.faults[0] ? exitCodeOf(report.faults[0].code) : 0;
}

const TELL_EVERY_MS = 5_000;

/** What takes more than a few seconds, on a line of stderr. */
function tell(steps: StepsUnderWay): void {
  const longest = steps.takingLongerThan(TELL_EVERY_MS - 1_000);
  if (longest.length === 0) return;
  const [{ what, forMs }] = longest as [{ what: string; forMs: number }];
  const others = longest.length > 1 ? `, and ${plural(longest.length - 1, 'other step')}` : '';
  say(`Still ${what}, for ${duration(forMs)}${others} ...`);
}

function reportText({ faults, warnings, activations, recovered = [] }: CheckReport, checked: string): string {
  const { red, yellow, green, bold } = colours(process.stdout);
  const block = (mark: string, message: string, remedy: string): string => {
    const [first = '', ...others] = visibleLines(message).split('\n');
    return [`${mark} ${first}`, ...others, visibleLines(remedy)].join('\n  ');
  };
  const verdict =
    faults.length === 0
      ? `${green('✓')} ${bold(checked)} is ready to be applied`
      : `${red('✗')} ${bold(checked)} has ${plural(faults.length, 'fault')}`;
  return [
    ...faults.map((fault) => block(red('✗'), place(fault) + fault.message, fault.remedy)),
    ...warnings.map(({ message, remedy }) => block(yellow('!'), message, remedy)),
    ...activations.map(({ activation, rows }) => `${green('✓')} activation ${activation}: ${plural(rows, 'row')}`),
    ...recovered.map((each) => `${green('✓')} ${recoveredText(each)}`),
    warnings.length === 0 ? verdict : `${verdict}, with ${plural(warnings.length, 'warning')}`,
  ].join('\n');
}

function recoveredText({ kind, name, resumed }: Recovered): string {
  return `${kind} ${name} is well again: the pause of ${resumed.join(', ')} is over, and a run${resumed.length === 1 ? '' : ' of each'} makes up for it`;
}

function place({ file, line }: CheckFault): string {
  return file === undefined ? '' : `${file}:${line ?? 1} `;
}
