import { colours, print, printJson } from '../output.js';
import { readRejections, type RejectionReport } from '../rejections/rejections.js';
import { withSession } from '../session.js';
import { table } from '../table.js';
import { figure } from '../../activation/figure.js';

export interface RejectionsOptions {
  file: string;
  limit: number;
  showValues: boolean;
  json: boolean;
}

/** `outflow rejections`: what is not at the destination, by reason, then contact by contact. */
export function rejectionsCommand(activation: string, options: RejectionsOptions): Promise<number> {
  return withSession(options.file, async ({ engine }) => {
    const report = await readRejections(engine, activation, options);
    if (options.json) printJson(report);
    else print(reportText(report));
    return 0;
  });
}

function reportText({ activation, rejected, invalidRows, invalidValues }: RejectionReport): string {
  const sections = [
    section(
      'Rejected by the destination, sent again by the next run',
      rejected.byReason.map(({ contacts, apiKey, attribute, code }) => [
        figure(contacts),
        `${attribute === null ? 'the contact' : attribute} at ${apiKey}: ${code}`,
      ]),
      ['contact', 'attribute', 'app', 'code', 'run'],
      rejected.contacts.map((each) => [each.identifier, each.attribute ?? '', each.apiKey, each.code, `${each.runId}`]),
    ),
    section(
      'Rows left out',
      Object.entries(invalidRows.byReason).map(([reason, rows]) => [figure(rows), reason]),
      ['contact', 'reason'],
      invalidRows.rows.map(({ identifier, reason }) => [identifier ?? '', reason]),
    ),
    section(
      'Values left out until they change',
      invalidValues.byReason.map(({ values, attribute, reason }) => [figure(values), `${attribute}: ${reason}`]),
      ['contact', 'attribute', 'reason'],
      invalidValues.values.map(({ identifier, attribute, reason }) => [identifier, attribute, reason]),
    ),
  ].filter((text) => text !== undefined);
  return sections.length === 0 ? `Nothing of activation ${activation} is rejected or invalid.` : sections.join('\n\n');
}

/** Its figures by reason, then one by one; undefined when there are none. */
function section(title: string, byReason: string[][], titles: string[], list: string[][]): string | undefined {
  if (byReason.length === 0) return undefined;
  const { bold } = colours(process.stdout);
  const reasons = table([{ title: 'count', align: 'right' }, { title: 'reason' }], byReason);
  return [
    bold(title),
    reasons,
    ...(list.length === 0
      ? []
      : [
          '',
          table(
            titles.map((each) => ({ title: each })),
            list,
          ),
        ]),
  ].join('\n');
}
