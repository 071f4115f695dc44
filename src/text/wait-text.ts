import type { RunWait } from '../activation/run.js';
import { duration } from './duration.js';

/** What a run waits for: `destination app, which does not answer (connection refused)`. */
export function waitText(wait: RunWait): string {
  if (wait.for === 'earlier-requests') return EARLIER;
  return `${destinationText(wait)}, which ${silence(wait)} (${wait.reason})`;
}

/** As waitText, where there is little room: `destination app: connection refused`. */
export function shortWaitText(wait: RunWait): string {
  return wait.for === 'earlier-requests' ? EARLIER : `${destinationText(wait)}: ${wait.reason}`;
}

/** `next try in 40 s`; `trying again` once it is. */
export function nextTryText(until: string, now = Date.now()): string {
  const leftMs = Date.parse(until) - now;
  return leftMs <= 0 ? 'trying again' : `next try in ${duration(Math.max(1_000, leftMs))}`;
}

const EARLIER = 'the last request of an earlier run';

type DestinationWait = Extract<RunWait, { for: 'destination' }>;

function destinationText({ destination, target }: DestinationWait): string {
  return `destination ${destination}${target === destination ? '' : ` (${target})`}`;
}

function silence({ reason, busy }: DestinationWait): string {
  if (busy) return 'gets too many requests';
  return reason.startsWith('http') ? 'gives no usable answer' : 'does not answer';
}
