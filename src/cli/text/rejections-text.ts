import { formatNumber } from '../../text/figure.js';
import { colours } from '../../terminal/output.js';
import { table } from '../../terminal/table.js';
import { visible } from '../../text/visible.js';
import { localTime } from '../../text/local-time.js';
import type { RejectionReport } from '../../operations/rejections/rejections.js';

const figures = new Set(['attempts', 'run']);
/** Columns that give way on a narrow terminal. */
const cut = new Set(['contact', 'attribute', 'reason']);

/** Tables as people read them: figures by reason, then one by one. */
export function rejectionsText(report: RejectionReport, reason?: string): string {
  const { activation, rejected, invalidRows, invalidValues } = report;
  const sections = [
    section(
      'Rejected by the destination, sent again when their values change, or with the next try',
      rejected.byReason.map(({ contacts, target, attribute, code }) => [
        contacts,
        `${attribute === null ? 'the contact' : attribute} at ${target}: ${visible(code)}`,
      ]),
      ['contact', 'attribute', 'target', 'reason', 'attempts', `next try (${localTime.zone})`, 'run'],
      rejected.contacts.map(({ identifier, attribute, target, code, attempts, dueAt, runId }) => [
        ...[
          visible(identifier),
          attribute ?? '',
          target,
          visible(code),
          formatNumber(attempts),
          nextTry(dueAt),
          String(runId),
        ],
      ]),
    ),
    section(
      'Rows left out',
      Object.entries(invalidRows.byReason).map(([reason, rows]) => [rows, reason]),
      ['contact', 'reason'],
      invalidRows.rows.map(({ identifier, reason }) => [visible(identifier ?? ''), reason]),
      withoutIdentifier(invalidRows.byReason),
    ),
    section(
      'Values left out until they change',
      invalidValues.byReason.map(({ values, attribute, reason }) => [values, `${attribute}: ${reason}`]),
      ['contact', 'attribute', 'reason'],
      invalidValues.values.map(({ identifier, attribute, reason }) => [visible(identifier), attribute, reason]),
    ),
  ].filter((text) => text !== undefined);
  if (sections.length > 0) return sections.join('\n\n');
  return `Nothing of activation ${activation} is rejected or invalid${withReason(reason)}.`;
}

/** Rows that no line of a list could tell from one another: their count says all. */
function withoutIdentifier({
  null_identifier = 0,
  empty_identifier = 0,
}: RejectionReport['invalidRows']['byReason']): number {
  return null_identifier + empty_identifier;
}

export function withReason(reason: string | undefined): string {
  return reason === undefined ? '' : ` with the reason "${reason}"`;
}

function nextTry(dueAt: Date): string {
  return dueAt.getTime() <= Date.now() ? 'next run' : localTime.minute(dueAt);
}

/** Its figures by reason, then one by one; undefined when there are none. */
function section(
  title: string,
  byReason: [count: number, reason: string][],
  titles: string[],
  list: string[][],
  unlisted = 0,
): string | undefined {
  if (byReason.length === 0) return undefined;
  const { bold } = colours(process.stdout);
  const reasons = table(
    [{ title: 'count', align: 'right' }, { title: 'reason' }],
    byReason.map(([count, reason]) => [formatNumber(count), reason]),
  );
  const columns = titles.map((each) =>
    figures.has(each)
      ? ({ title: each, align: 'right' } as const)
      : { title: each, ...(cut.has(each) && ({ shrinks: true } as const)) },
  );
  const listed = list.length === 0 ? [] : ['', table(columns, list)];
  const total = byReason.reduce((sum, [count]) => sum + count, 0) - unlisted;
  const more =
    list.length < total ? [`${formatNumber(list.length)} of ${formatNumber(total)} listed; \`--csv\` lists all`] : [];
  return [bold(title), reasons, ...listed, ...more].join('\n');
}
