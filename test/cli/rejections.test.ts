import { beforeAll, expect, test } from 'vitest';
import type { RunResult } from '../../src/activation/run.js';
import type { RejectionReport } from '../../src/operations/rejections/rejections.js';
import { activation, definitions } from './definitions.js';
import { makeWorkspace } from './workspace.js';

const workspace = await makeWorkspace();
const { source, standIn } = workspace;

beforeAll(async () => {
  await source.query(`
    create table loyalty (email text, tier text, points float8);
    insert into loyalty select 'member' || i || '@example.com', 'gold', i from generate_series(1, 20) i;
    insert into loyalty values ('anna@example.com', 'gold', 'NaN'), ('李@example.com', repeat('x', 400), 1),
      (null, 'gold', 1), ('twin, "7"', 'gold', 1), ('twin, "7"', 'gold', 2), ('', 'gold', 1)`);
  await workspace.define(definitions());
  expect(await workspace.outflow('apply', '--yes')).toMatchObject({ exitCode: 0 });
  await workspace.startWorker();
});

async function rejections(...args: string[]): Promise<RejectionReport> {
  const [report] = await workspace.outflowJson<RejectionReport>('rejections', 'loyalty', ...args);
  return report!;
}

test('before a run there is nothing to list', async () => {
  expect(await workspace.outflow('rejections', 'loyalty')).toEqual({
    exitCode: 0,
    stdout: 'Nothing of activation loyalty is rejected or invalid.\n',
    stderr: '',
  });
});

test('what is not at the destination is listed by reason, with identifiers masked', async () => {
  standIn.setFaults({ poisonedIds: ['member3@example.com'] });
  expect(await workspace.outflow('run', 'loyalty')).toMatchObject({ exitCode: 0 });
  const { activation: name, rejected, invalidRows, invalidValues } = await rejections();
  expect(name).toBe('loyalty');
  expect(rejected.byReason.map(({ target, contacts }) => [target, contacts])).toEqual([
    ['android', 1],
    ['ios', 1],
  ]);
  expect(rejected.contacts).toMatchObject([
    { identifier: 'm•••@example.com', target: 'android', attribute: null, attempts: 1, runId: 1 },
    { identifier: 'm•••@example.com', target: 'ios', attribute: null, attempts: 1, runId: 1 },
  ]);
  expect(invalidRows.byReason).toEqual({ null_identifier: 1, empty_identifier: 1, duplicate_identifier: 2 });
  expect(invalidRows.rows).toEqual([
    { reason: 'duplicate_identifier', identifier: 'tw•••' },
    { reason: 'duplicate_identifier', identifier: 'tw•••' },
  ]);
  expect(invalidValues).toEqual({
    byReason: [
      { attribute: 'points', reason: 'not_finite', values: 1 },
      { attribute: 'tier', reason: 'too_long', values: 1 },
    ],
    values: [
      { identifier: 'a•••@example.com', attribute: 'points', reason: 'not_finite' },
      { identifier: '李•••@example.com', attribute: 'tier', reason: 'too_long' },
    ],
  });
});

test('identifiers are shown in full when that is asked for, and at most so many', async () => {
  const report = await rejections('--show-values', '--limit', '1');
  expect(report.rejected.contacts).toMatchObject([{ identifier: 'member3@example.com' }]);
  expect(report.invalidValues.values).toEqual([
    { identifier: 'anna@example.com', attribute: 'points', reason: 'not_finite' },
  ]);
  expect(report.invalidValues.byReason).toHaveLength(2);
});

test('people read them as tables', async () => {
  const { stdout } = await workspace.outflow('rejections', 'loyalty');
  expect(stdout).toContain(
    'Rejected by the destination, sent again when their values change, or with the next try\ncount  reason\n',
  );
  expect(stdout).toMatch(/^contact +attribute +target +reason +attempts +next try \([\w/]+\) +run$/m);
  expect(stdout).toMatch(/^m•••@example.com +android +\S.* 1 +next run +1$/m);
  expect(stdout).toContain('Rows left out\ncount  reason\n    1  null_identifier\n');
  expect(stdout).toContain(
    'Values left out until they change\ncount  reason\n    1  points: not_finite\n    1  tier: too_long\n',
  );
  expect(stdout).not.toContain('member3');
});

test('a list that is cut says of how many it shows the first', async () => {
  const { stdout } = await workspace.outflow('rejections', 'loyalty', '--limit', '1');
  expect(stdout.match(/^\d+ of \d+ listed.*$/gm)).toEqual([
    '1 of 2 listed; `--csv` lists all',
    '1 of 2 listed; `--csv` lists all',
    '1 of 2 listed; `--csv` lists all',
  ]);
  expect((await workspace.outflow('rejections', 'loyalty')).stdout).not.toContain(' listed');
});

test('a reason selects what has it', async () => {
  const invalid = await rejections('--reason', 'too_long');
  expect(invalid).toMatchObject({ rejected: { byReason: [], contacts: [] }, invalidRows: { byReason: {}, rows: [] } });
  expect(invalid.invalidValues.byReason).toEqual([{ attribute: 'tier', reason: 'too_long', values: 1 }]);
  const [group] = (await rejections()).rejected.byReason;
  const rejected = await rejections('--reason', group!.code);
  expect(rejected.rejected.contacts).toHaveLength(2);
  expect(rejected).toMatchObject({ invalidRows: { byReason: {} }, invalidValues: { byReason: [] } });
  expect((await workspace.outflow('rejections', 'loyalty', '--reason', 'too_lnog')).stdout).toBe(
    'Nothing of activation loyalty is rejected or invalid with the reason "too_lnog".\n',
  );
});

test('other programs read all of it as CSV, which quotes what needs it', async () => {
  const [group] = (await rejections()).rejected.byReason;
  const { stdout } = await workspace.outflow('rejections', 'loyalty', '--csv', '--show-values');
  const [titles, ...lines] = stdout.split('\r\n');
  expect(titles).toBe('kind,identifier,target,attribute,reason,attempts,next_try,run');
  const instant = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
  expect(lines.slice(0, 2).sort()).toEqual([
    expect.stringMatching(new RegExp(`^rejected,member3@example.com,android,,${group!.code},1,${instant},1$`)),
    expect.stringMatching(new RegExp(`^rejected,member3@example.com,ios,,${group!.code},1,${instant},1$`)),
  ]);
  expect(lines.slice(2, 6).sort()).toEqual([
    'invalid_row,"twin, ""7""",,,duplicate_identifier,,,',
    'invalid_row,"twin, ""7""",,,duplicate_identifier,,,',
    'invalid_row,,,,empty_identifier,,,',
    'invalid_row,,,,null_identifier,,,',
  ]);
  expect(lines.slice(6)).toEqual([
    'invalid_value,anna@example.com,,points,not_finite,,,',
    'invalid_value,李@example.com,,tier,too_long,,,',
    '',
  ]);
  const masked = await workspace.outflow('rejections', 'loyalty', '--csv', '--limit', '1');
  expect(masked.stdout.split('\r\n')).toHaveLength(5);
  expect(masked.stdout).not.toContain('member3');
  expect(await workspace.outflow('rejections', 'loyalty', '--csv', '--json')).toMatchObject({ exitCode: 2 });
});

test('an attribute that is mapped in another way since the last run is not decided about', async () => {
  const attributes = { tier: { field: 'tier', onTooLong: 'truncate' }, points: 'points' };
  await workspace.define(definitions({ activations: { loyalty: activation({ attributes }) } }));
  expect(await workspace.outflow('apply', '--yes')).toMatchObject({ exitCode: 0 });
  expect((await rejections()).invalidValues.byReason).toEqual([
    { attribute: 'points', reason: 'not_finite', values: 1 },
  ]);
});

test('reset says what the next run sends, and without a terminal asks for --yes', async () => {
  const refused = await workspace.outflow('reset', 'loyalty');
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain(
    'Outflow relies no more on what it knows of the destination for activation loyalty. Its next run sends all attributes of every contact of the segment: 22 contacts when it last ran.\n',
  );
  expect(refused.stderr).toContain('Add --yes to go on without a question.');
  standIn.setFaults({});
  expect(await workspace.outflowJson('run', 'loyalty')).toMatchObject([{ counts: { new: 1, changed: 21 } }]);

  expect(await workspace.outflow('reset', 'loyalty', '--yes')).toMatchObject({
    exitCode: 0,
    stdout: 'loyalty is reset.\n',
  });
  expect(await workspace.outflowJson('run', 'loyalty')).toMatchObject([
    { mode: 'full', counts: { changed: 22, unchanged: 0 } },
  ]);
});

test('a contact that is refused again waits, until it is asked for', async () => {
  await source.query(`update loyalty set tier = 'silver' where email = 'member3@example.com'`);
  standIn.setFaults({ poisonedIds: ['member3@example.com'] });
  expect((await workspace.outflow('run', 'loyalty')).stderr).toMatch(
    /^What is not at the destination, and why: `outflow rejections loyalty`$/m,
  );
  expect(await workspace.outflowJson('run', 'loyalty')).toMatchObject([{ counts: { rejected: 1, deferred: 0 } }]);
  const { stderr, stdout } = await workspace.outflow('status', 'loyalty');
  expect(stderr).toBe('');
  expect(stdout).toContain('What is not at the destination, and why: `outflow rejections loyalty`\n');
  const [deferring] = await workspace.outflowJson<RunResult>('run', 'loyalty');
  expect(deferring).toMatchObject({ outcome: 'completed_with_warnings', counts: { rejected: 0, deferred: 1 } });
  expect((await workspace.outflow('runs', 'loyalty', '--limit', '1')).stdout).toMatch(
    /read +changed +deferred +invalid\n|read +deferred +invalid\n/,
  );
  const [contact] = (await rejections()).rejected.contacts;
  expect(contact).toMatchObject({ attempts: 2 });
  expect(new Date(contact!.dueAt).getTime()).toBeGreaterThan(Date.now() + 30 * 60_000);

  expect((await workspace.outflow('rejections', 'loyalty', '--retry', '--reason', 'too_long')).stdout).toBe(
    'No contact of activation loyalty is rejected with the reason "too_long".\n',
  );
  expect(await workspace.outflowJson('run', 'loyalty')).toMatchObject([{ counts: { rejected: 0, deferred: 1 } }]);
  expect((await workspace.outflow('rejections', 'loyalty', '--retry')).stdout).toBe(
    '1 contact is sent again by the next run of loyalty.\n',
  );
  standIn.setFaults({});
  expect(await workspace.outflowJson('run', 'loyalty')).toMatchObject([{ counts: { accepted: 1, deferred: 0 } }]);
  expect((await rejections()).rejected).toEqual({ byReason: [], contacts: [] });
});
