import type { Culprit } from '../activation/culprit.js';
import { formatNumber } from '../text/figure.js';

/** Where a recovery stands. Instants are ISO 8601, UTC. */
export interface RecoveryView {
  culprit: Culprit;
  since: string;
  probes: number;
  /** While it waits. */
  nextProbeAt: string | undefined;
  /** Once the incident is over: names of the activations that were resumed by it. */
  resumed: readonly string[] | undefined;
}

/** As Markdown for the Temporal UI. */
export function recoveryDetails({ culprit, since, probes, nextProbeAt, resumed }: RecoveryView): string {
  const what = `${culprit.kind} ${culprit.name}`;
  const lines = [`At fault since ${since}; probes: ${formatNumber(probes)}`];
  if (resumed) {
    lines.unshift(`**The incident with ${what} is over**`);
    if (resumed.length > 0) lines.push(`Resumed: ${resumed.join(', ')}`);
  } else {
    lines.unshift(`**Waiting for ${what} to be well again**`);
    if (nextProbeAt) lines.push(`Next probe at ${nextProbeAt}; the signal \`probe\` tries at once`);
    lines.push('What was paused because of it is then resumed');
  }
  return lines.join('\n\n');
}
