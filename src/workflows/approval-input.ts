import type { RunHold } from '../activation/run.js';

/** As much of a name as fits into a line of the CLI. */
const nameLength = 100;

/**
 * The approval that was typed with the signal, an object or the name of the hold alone; undefined when it names another
 * hold than this one, or none.
 */
export function approvalOf(input: unknown, hold: string, at: Date): RunHold['approved'] {
  const {
    hold: named,
    by,
    via,
  } = typeof input === 'object' && input !== null
    ? (input as { hold?: unknown; by?: unknown; via?: unknown })
    : { hold: input };
  if (lineOf(named) !== hold) return undefined;
  return {
    at: at.toISOString(),
    ...(lineOf(by) !== '' && { by: lineOf(by) }),
    ...(via === 'cli' && { via }),
  };
}

function lineOf(typed: unknown): string {
  return typeof typed === 'string' ? typed.replace(/\s+/g, ' ').trim().slice(0, nameLength) : '';
}
