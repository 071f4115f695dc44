import { beforeAll, expect, test } from 'vitest';
import type { RejectionReport } from '../../src/cli/rejections/rejections.js';
import { activation, definitions } from './definitions.js';
import { makeWorkspace } from './workspace.js';

const workspace = await makeWorkspace();
const { source, standIn } = workspace;

beforeAll(async () => {
  await source.query(`
    create table loyalty (email text, tier text, points float8);
    insert into loyalty select 'member' || i || '@example.com', 'gold', i from generate_series(1, 20) i;
    insert into loyalty values ('anna@example.com', 'gold', 'NaN'), ('李@example.com', repeat('x', 400), 1),
      (null, 'gold', 1), ('twin-7', 'gold', 1), ('twin-7', 'gold', 2), ('', 'gold', 1)`);
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
  expect(rejected.byReason.map(({ apiKey, contacts }) => [apiKey, contacts])).toEqual([
    ['android', 1],
    ['ios', 1],
  ]);
  expect(rejected.contacts).toMatchObject([
    { identifier: 'm•••@example.com', apiKey: 'android', attribute: null, runId: 1 },
    { identifier: 'm•••@example.com', apiKey: 'ios', attribute: null, runId: 1 },
  ]);
  expect(invalidRows.byReason).toEqual({ null_identifier: 1, empty_identifier: 1, duplicate_identifier: 2 });
  expect(invalidRows.rows).toEqual(
    expect.arrayContaining([
      { reason: 'duplicate_identifier', identifier: 'tw•••' },
      { reason: 'null_identifier', identifier: null },
    ]),
  );
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
  expect(stdout).toContain('Rejected by the destination, sent again by the next run\ncount  reason\n');
  expect(stdout).toContain('Rows left out\ncount  reason\n    1  null_identifier\n');
  expect(stdout).toContain(
    'Values left out until they change\ncount  reason\n    1  points: not_finite\n    1  tier: too_long\n',
  );
  expect(stdout).not.toContain('member3');
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
    'Outflow forgets what it knows of the destination for activation loyalty. Its next run sends all attributes of every contact of the segment: 22 contacts when it last ran.\n',
  );
  expect(refused.stderr).toContain('Add --yes to go on without a question.');
  standIn.setFaults({});
  expect(await workspace.outflowJson('run', 'loyalty')).toMatchObject([{ counts: { new: 1, changed: 21 } }]);

  expect(await workspace.outflow('reset', 'loyalty', '--yes')).toMatchObject({
    exitCode: 0,
    stdout: 'loyalty is reset.\n',
  });
  expect(await workspace.outflowJson('run', 'loyalty')).toMatchObject([
    { mode: 'delta', counts: { new: 22, unchanged: 0 } },
  ]);
});
