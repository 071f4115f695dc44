import type { StatusReport } from '../../operations/status.js';
import { colours } from '../../terminal/output.js';
import { localTime } from '../../text/local-time.js';

/** One line about an engine's database that was set back, while something is owed because of that; else none. */
export function setBackLine({ setBack }: Pick<StatusReport, 'setBack'>): string[] {
  if (!setBack) return [];
  const { yellow } = colours(process.stdout);
  const { since, because, owedBy } = setBack;
  const owe = owedBy.length === 1 ? 'owes' : 'owe';
  return [
    yellow(
      `Since ${localTime.beside(since)} everything is owed, because ${because}. ${owedBy.join(', ')} still ${owe} it: the next run sends all attributes of every contact.`,
    ),
  ];
}
