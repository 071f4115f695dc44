import type { RunProgress } from '../engine/runs/run-progress.js';
import { duration } from '../text/duration.js';
import { formatNumber } from '../text/figure.js';
import { nextTryText, shortWaitText } from '../text/wait-text.js';
import { outcomeText } from '../text/words.js';

/** So that what matters fits beside it on a terminal of 80 columns. */
const BAR_CELLS = 12;

/** How far a run is, on one line; `progress` is undefined while no worker has taken it up. */
export function progressLine(
  activation: string,
  progress: RunProgress | undefined,
  nameWidth: number,
  now = Date.now(),
): string {
  const name = activation.padEnd(nameWidth);
  if (!progress) return `${name}  starting`;
  const { result, contactsBefore, chunks, chunksDone, isSplitting } = progress;
  const { counts, state, waiting } = result;
  const elapsedMs = Math.max(0, now - Date.parse(result.startedAt));
  if (waiting) {
    const waitedMs = Math.max(0, now - Date.parse(waiting.since));
    return `${name}  waits     for ${shortWaitText(waiting)}, ${duration(waitedMs)}; ${nextTryText(waiting.until, now)}`;
  }
  if (state === 'diffing' && chunks === 0) {
    const of = contactsBefore === 0 ? '' : ` of about ${formatNumber(contactsBefore)}`;
    // The segment may have grown since.
    const done = contactsBefore === 0 ? undefined : Math.min(counts.read / contactsBefore, 0.99);
    return `${name}  reading   ${bar(done)}  ${formatNumber(counts.read)}${of} rows, ${duration(elapsedMs)}`;
  }
  if (state === 'held') return `${name}  held      by a guard: nothing is sent until it is approved`;
  if (state === 'closed') return `${name}  ${outcomeText(result)}`;
  const sent = `${formatNumber(counts.accepted)} accepted, ${formatNumber(counts.rejected)} rejected`;
  const doing = isSplitting
    ? 'searching the refused contacts'
    : `${formatNumber(chunksDone)} of ${formatNumber(chunks)} chunks`;
  const done = chunks === 0 ? 1 : chunksDone / chunks;
  return `${name}  ${state.padEnd(8)}  ${bar(done)}  ${doing}, ${duration(elapsedMs)}${pace(counts.accepted, done, elapsedMs)}: ${sent}`;
}

/** How fast it goes and when it is done at that pace; nothing while that would be a guess. */
function pace(accepted: number, done: number, elapsedMs: number): string {
  if (accepted === 0 || done <= 0 || done >= 1 || elapsedMs < 1000) return '';
  const perSecond = Math.max(1, Math.round(accepted / (elapsedMs / 1000)));
  return `, ${formatNumber(perSecond)}/s, about ${duration((elapsedMs * (1 - done)) / done)} left`;
}

/** An empty one with a question mark for an amount that is not known. */
function bar(done: number | undefined): string {
  const full = Math.floor((done ?? 0) * BAR_CELLS);
  const percent = done === undefined ? '   ?' : `${Math.floor(done * 100)}%`.padStart(4);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${percent}`;
}
