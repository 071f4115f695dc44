import { figure } from '../text/figure.js';
import type { RunResult } from '../activation/run.js';
import { count } from '../text/words.js';

/** A run's figures on one line. */
export function countsText({ counts }: RunResult): string {
  const { read, new: added, changed, gone, accepted, rejected, unsent, deferred, invalid, invalidValues } = counts;
  const parts = [`${figure(added)} new`, `${figure(changed)} changed`, `${figure(gone)} gone`];
  const sent = [`${figure(accepted)} accepted`, `${figure(rejected)} rejected`, `${figure(unsent)} unsent`];
  const others = [`${figure(deferred)} deferred`, count(invalid, 'invalid row'), count(invalidValues, 'invalid value')];
  return `read ${figure(read)}: ${parts.join(', ')}; ${sent.join(', ')}; ${others.join(', ')}`;
}

/** Where to see what of a run that completed with warnings is not at the destination; undefined of other runs. */
export function warningsText({ activation, outcome }: RunResult): string | undefined {
  if (outcome !== 'completed_with_warnings') return undefined;
  return `What is not at the destination, and why: \`outflow rejections ${activation}\``;
}
