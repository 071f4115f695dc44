import { formatNumber } from '../text/figure.js';
import { guardText } from '../text/guard-text.js';
import type { RunHold, RunState } from '../activation/run.js';
import { holdPatienceDays } from './hold.js';
import type { Progress, Waiting } from './messages.js';
import { waitText } from '../text/wait-text.js';

const headings: Record<RunState, string> = {
  diffing: 'Comparing the segment with the snapshot',
  held: 'Held: nothing is sent until it is approved',
  sending: 'Sending',
  pausing: 'Pausing: what is under way ends first',
  paused: 'Paused',
  closing: 'Closing',
  closed: 'Closed',
};

/** Where a run stands, as Markdown for the Temporal UI. Figures and names, no contact data. */
export function detailsOf(progress: Progress): string {
  const { counts, hold, paused, waitingFor } = progress;
  const lines = [`**${headings[progress.state]}**`];
  if (hold) lines.push(...holdLines(hold, progress));
  if (paused) lines.push(`Paused since ${paused.since}${paused.reason ? `: ${paused.reason}` : ''}`);
  if (waitingFor) lines.push(waitingLine(waitingFor));
  if (progress.activation !== undefined && progress.runId !== undefined) {
    lines.push(`Activation ${progress.activation}, run ${progress.runId}${progress.mode ? `, ${progress.mode}` : ''}`);
  }
  if (counts.read > 0 || progress.chunks > 0) {
    lines.push(
      `Read ${formatNumber(counts.read)}: ${formatNumber(counts.unchanged)} unchanged, ${formatNumber(counts.new)} new, ` +
        `${formatNumber(counts.changed)} changed, ${formatNumber(counts.invalid)} invalid, ${formatNumber(counts.deferred)} deferred; ` +
        `${formatNumber(counts.gone)} gone`,
      `Chunks done ${formatNumber(progress.chunksDone)} of ${formatNumber(progress.chunks)}: ${formatNumber(counts.accepted)} accepted, ` +
        `${formatNumber(counts.rejected)} rejected, ${formatNumber(counts.unsent)} unsent`,
    );
  }
  return lines.join('\n\n');
}

function waitingLine(wait: Waiting): string {
  if (wait.for === 'rate') return `Waiting for the pace of the destination, until ${wait.until}`;
  return `Waiting since ${wait.since} for ${waitText(wait)}; next try at ${wait.until}`;
}

function holdLines({ name, guards, since, approved }: RunHold, { state, activation = '' }: Progress): string[] {
  if (approved)
    return [`${name} was approved at ${approved.at}${approved.by === undefined ? '' : ` by ${approved.by}`}`];
  const lines = [guards.map((tripped) => `- ${guardText(tripped)}`).join('\n')];
  if (state === 'held') {
    lines.push(
      `Held since ${since} as ${name}. To send what was found: signal \`approve\` with \`{"hold": "${name}"}\`, or ` +
        `\`outflow approve ${activation}\`. To send nothing of it: cancel the run. Without either, it fails ${holdPatienceDays} days after it was held.`,
    );
  }
  return lines;
}
