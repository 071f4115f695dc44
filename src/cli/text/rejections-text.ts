import { formatNumber } from '../../text/figure.js';
import { colours } from '../../terminal/output.js';
import { table } from '../../terminal/table.js';
import { minute } from '../../text/words.js';
import type { RejectionReport } from '../../operations/rejections/rejections.js';

const figures = new Set(['attempts', 'run']);

/** Tables as people read them: figures by reason, then one by one. */
export function rejectionsText(report: RejectionReport, reason?: string): string {
  const { activation, rejected, invalidRows, invalidValues } = report;
  const sections = [
    section(
      'Rejected by the destination, sent again when their values change, or with the next try',
      rejected.byReason.map(({ contacts, target, attribute, code }) => [
        contacts,
        `${attribute === null ? 'the contact' : attribute} at ${target}: ${code}`,
      ]),
      ['contact', 'attribute', 'target', 'reason', 'attempts', 'next try (UTC)', 'run'],
      rejected.contacts.map(({ identifier, attribute, target, code, attempts, dueAt, runId }) => [
        ...[identifier, attribute ?? '', target, code, formatNumber(attempts), nextTry(dueAt), String(runId)],
      ]),
    ),
    section(
      'Rows left out',
      Object.entries(invalidRows.byReason).map(([reason, rows]) => [rows, reason]),
      ['contact', 'reason'],
      invalidRows.rows.map(({ identifier, reason }) => [identifier ?? '', reason]),
    ),
    section(
      'Values left out until they change',
      invalidValues.byReason.map(({ values, attribute, reason }) => [values, `${attribute}: ${reason}`]),
      ['contact', 'attribute', 'reason'],
      invalidValues.values.map(({ identifier, attribute, reason }) => [identifier, attribute, reason]),
    ),
  ].filter((text) => text !== undefined);
  if (sections.length > 0) return sections.join('\n\n');
  return `Nothing of activation ${activation} is rejected or invalid${withReason(reason)}.`;
}

export function withReason(reason: string | undefined): string {
  return reason === undefined ? '' : ` with the reason "${reason}"`;
}

function nextTry(dueAt: Date): string {
  return dueAt.getTime() <= Date.now() ? 'next run' : minute(dueAt.toISOString());
}

/** Its figures by reason, then one by one; undefined when there are none. */
function section(
  title: string,
  byReason: [count: number, reason: string][],
  titles: string[],
  list: string[][],
): string | undefined {
  if (byReason.length === 0) return undefined;
  const { bold } = colours(process.stdout);
  const reasons = table(
    [{ title: 'count', align: 'right' }, { title: 'reason' }],
    byReason.map(([count, reason]) => [formatNumber(count), reason]),
  );
  const columns = titles.map((each) =>
    figures.has(each) ? ({ title: each, align: 'right' } as const) : { title: each },
  );
  const listed = list.length === 0 ? [] : ['', table(columns, list)];
  const total = byReason.reduce((sum, [count]) => sum + count, 0);
  const cut =
    list.length < total ? [`${formatNumber(list.length)} of ${formatNumber(total)} listed; \`--csv\` lists all`] : [];
  return [bold(title), reasons, ...listed, ...cut].join('\n');
}
