import { formatNumber } from '../../text/figure.js';
import type { RunResult } from '../../activation/run.js';
import { plural } from '../../text/words.js';

/** A run's figures on one line. */
export function countsText({ counts }: RunResult): string {
  const { read, new: added, changed, gone, accepted, rejected, unsent, deferred, invalid, invalidValues } = counts;
  const parts = [`${formatNumber(added)} new`, `${formatNumber(changed)} changed`, `${formatNumber(gone)} gone`];
  const sent = [
    `${formatNumber(accepted)} accepted`,
    `${formatNumber(rejected)} rejected`,
    `${formatNumber(unsent)} unsent`,
  ];
  const others = [
    `${formatNumber(deferred)} deferred`,
    plural(invalid, 'invalid row'),
    plural(invalidValues, 'invalid value'),
  ];
  return `read ${formatNumber(read)}: ${parts.join(', ')}; ${sent.join(', ')}; ${others.join(', ')}`;
}

/** Where to see what of a run that completed with warnings is not at the destination; undefined of other runs. */
export function warningsText({ activation, outcome }: RunResult): string | undefined {
  if (outcome !== 'completed_with_warnings') return undefined;
  return `What is not at the destination, and why: \`outflow rejections ${activation}\``;
}
