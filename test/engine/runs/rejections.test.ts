import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeRun } from '../../../src/engine/runs/close-run.js';
import type { Engine } from '../../../src/engine/database/database.js';
import {
  countInvalidRows,
  groupRejections,
  invalidRows,
  listRejections,
  retryRejections,
  streamRejections,
} from '../../../src/engine/runs/rejections.js';
import {
  applicant,
  applyAll,
  definitionsOf,
  freshEngine,
  opened,
  publishDiff,
  type TestEngine,
} from '../engine-fixture.js';

let fresh: TestEngine;
let engine: Engine;

beforeEach(async () => {
  fresh = await freshEngine();
  engine = fresh.engine;
  await applyAll(engine, definitionsOf('loyalty', 'winback'));
});
afterEach(() => fresh.drop());

const openLoyalty = () => opened(engine, applicant('loyalty'));
type Run = Awaited<ReturnType<typeof openLoyalty>>;

async function reject(
  run: Run,
  identifier: string,
  target: string,
  attribute: string | null,
  code: string,
  dueInHours = 0,
) {
  await engine.db('outflow.rejection').insert({
    activation_id: run.activationId,
    run_id: run.runId,
    identifier: Buffer.from(identifier),
    target,
    attribute,
    code,
    values_hash: Buffer.alloc(0),
    attempts: 1,
    due_at: engine.db.raw('now() + make_interval(hours => ?)', [dueInHours]),
  });
}

/** Contacts that a diff would not send yet. */
async function waiting(): Promise<string[]> {
  const rows = await engine
    .db<{ identifier: Buffer; due_at: Date }>('outflow.rejection')
    .where('due_at', '>', engine.db.raw('clock_timestamp()'))
    .orderBy(['identifier', 'target'])
    .select('identifier');
  return rows.map(({ identifier }) => identifier.toString());
}

async function leaveOut(run: Run, seq: number, lines: string[], diffAttempt = 1) {
  await engine.db('outflow.invalid_row_block').insert({
    activation_id: run.activationId,
    run_id: run.runId,
    diff_attempt: diffAttempt,
    seq,
    row_count: lines.length,
    data: Buffer.from(lines.map((line) => `${line}\n`).join('')),
  });
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test('rejections are grouped by key, attribute and code, the commonest first', async () => {
  const run = await openLoyalty();
  await reject(run, 'a@x.fr', 'ios', null, '31');
  await reject(run, 'b@x.fr', 'ios', null, '31');
  await reject(run, 'a@x.fr', 'ios', 'tier', '40');
  await reject(run, 'a@x.fr', 'android', null, '31');
  await reject(await opened(engine, applicant('winback')), 'z@x.fr', 'ios', null, '31');
  expect(await groupRejections(engine, run.activationId)).toEqual([
    { target: 'ios', attribute: null, code: '31', contacts: 2 },
    { target: 'android', attribute: null, code: '31', contacts: 1 },
    { target: 'ios', attribute: 'tier', code: '40', contacts: 1 },
  ]);
});

test('rejections are listed by identifier, as the source has it, up to a limit', async () => {
  const run = await openLoyalty();
  await reject(run, 'b@x.fr', 'ios', 'tier', '40');
  await reject(run, 'a\\tb\tc', 'ios', null, '31');
  const [first] = await listRejections(engine, run.activationId, 1);
  expect(first).toEqual({
    identifier: 'a\\tb\tc',
    target: 'ios',
    attribute: null,
    code: '31',
    runId: run.runId,
    rejectedAt: expect.any(Date) as Date,
    attempts: 1,
    dueAt: expect.any(Date) as Date,
  });
  expect((await listRejections(engine, run.activationId, 10)).map(({ identifier }) => identifier)).toEqual([
    'a\\tb\tc',
    'b@x.fr',
  ]);
});

test('all rejections can be read, however many they are, and those of one reason', async () => {
  const run = await openLoyalty();
  const other = await opened(engine, applicant('winback'));
  await engine.db.raw(
    `insert into outflow.rejection (activation_id, run_id, identifier, target, code, values_hash, attempts)
     select ?, ?, convert_to('contact ' || n, 'utf8'), 'ios', case when n % 1000 = 0 then '40' else '31' end, '', 1
     from generate_series(1, 2500) n`,
    [run.activationId, run.runId],
  );
  await reject(other, 'z@x.fr', 'ios', null, '31');
  const found = await all(streamRejections(engine, run.activationId));
  expect(new Set(found.map(({ identifier }) => identifier)).size).toBe(2500);
  expect(found).toHaveLength(2500);
  const some = await all(streamRejections(engine, run.activationId, '40'));
  expect(some.map(({ identifier }) => identifier)).toEqual(['contact 1000', 'contact 2000']);
  expect(await listRejections(engine, run.activationId, 10, '40')).toEqual(some);
});

test('refused contacts are made due, all of an activation or those of one reason, and the others wait', async () => {
  const run = await openLoyalty();
  const other = await opened(engine, applicant('winback'));
  await reject(run, 'a@x.fr', 'ios', null, '31', 1);
  await reject(run, 'a@x.fr', 'android', null, '40', 1);
  await reject(run, 'b@x.fr', 'ios', null, '31', 24);
  await reject(run, 'c@x.fr', 'ios', null, '40');
  await reject(other, 'z@x.fr', 'ios', null, '40', 1);
  expect(await retryRejections(engine, run.activationId, '40')).toBe(2);
  expect(await waiting()).toEqual(['b@x.fr', 'z@x.fr']);
  expect(await retryRejections(engine, run.activationId, 'no such reason')).toBe(0);
  expect(await retryRejections(engine, run.activationId)).toBe(3);
  expect(await waiting()).toEqual(['z@x.fr']);
});

test('invalid rows are those of the last diff that was published', async () => {
  const run = await openLoyalty();
  await leaveOut(run, 1, ['null_identifier\t\\N', 'duplicate_identifier\tzoë@x.fr']);
  await leaveOut(run, 2, [String.raw`duplicate_identifier` + '\t' + String.raw`a\tb`]);
  await publishDiff(engine, run, { read: 3, invalid: { null_identifier: 1, duplicate_identifier: 2 } });
  await closeRun(engine, { ...run, outcome: 'completed' });
  const later = await openLoyalty();
  await leaveOut(later, 1, ['empty_identifier\t']);

  expect(await countInvalidRows(engine, run.activationId)).toEqual({ null_identifier: 1, duplicate_identifier: 2 });
  expect(await all(invalidRows(engine, run.activationId))).toEqual([
    { reason: 'null_identifier', identifier: null },
    { reason: 'duplicate_identifier', identifier: 'zoë@x.fr' },
    { reason: 'duplicate_identifier', identifier: 'a\tb' },
  ]);
});

test('an activation that never ran has neither', async () => {
  const { activationId } = await openLoyalty();
  expect(await groupRejections(engine, activationId)).toEqual([]);
  expect(await countInvalidRows(engine, activationId)).toEqual({});
  expect(await all(invalidRows(engine, activationId))).toEqual([]);
});
