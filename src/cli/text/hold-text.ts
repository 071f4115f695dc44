import { guardText } from '../../text/guard-text.js';
import type { RunHold, RunResult } from '../../activation/run.js';
import { colours } from '../../terminal/output.js';

/** What the guards found that hold a run, a line each. */
export function guardLines({ guards }: RunHold): string[] {
  return guards.map(guardText);
}

/** How to end a hold. */
export function waysOut(activation: string, { name }: RunHold): string {
  return `Send it with \`outflow approve ${activation} --hold ${name}\`, or end it with \`outflow cancel ${activation}\`.`;
}

/** The block that people read of a run that is held. */
export function heldText({ activation, runId, hold }: RunResult): string {
  const { yellow, bold } = colours(process.stderr);
  const title = `${yellow('!')} ${bold(`Run ${runId} of ${activation} is held: nothing of it is sent until it is approved.`)}`;
  return [title, ...(hold ? [...guardLines(hold), waysOut(activation, hold)] : [])].join('\n  ');
}
