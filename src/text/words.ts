import { formatNumber } from './figure.js';
import type { RunResult } from '../activation/run.js';

export { duration } from './duration.js';

/** `1 contact`, `2,000 contacts`. */
export function plural(n: number, singular: string, plural = `${singular}s`): string {
  return `${formatNumber(n)} ${n === 1 ? singular : plural}`;
}

/** `2026-11-24 22:45:10 UTC` */
export function instant(at: Date | string): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** How a run ended, or what it is doing. */
export function outcomeText({ outcome, state }: RunResult): string {
  return (outcome ?? state).replaceAll('_', ' ');
}
