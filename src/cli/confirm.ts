import { createInterface } from 'node:readline/promises';
import { OutflowError } from '../activation/errors.js';

/** Whether somebody at a terminal can answer. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * Asks a question that only `y` or `yes` answers with true. Throws InputInvalid where nobody can answer, because the
 * command was not started from a terminal.
 */
export async function confirm(question: string): Promise<boolean> {
  if (!canAsk()) {
    throw new OutflowError(
      'InputInvalid',
      'This command asks before it changes anything, and there is no terminal to ask on.',
      'Add --yes to go on without a question.',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new AbortController();
  terminal.once('close', () => ended.abort());
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: ended.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (ended.signal.aborted) return false;
    throw error;
  } finally {
    terminal.close();
  }
}
