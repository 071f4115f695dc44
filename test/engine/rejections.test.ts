import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeRun } from '../../src/engine/close-run.js';
import type { Engine } from '../../src/engine/database.js';
import { countInvalidRows, groupRejections, invalidRows, listRejections } from '../../src/engine/rejections.js';
import {
  applicant,
  applyAll,
  definitionsOf,
  freshEngine,
  opened,
  publishDiff,
  type TestEngine,
} from './engine-fixture.js';

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

async function reject(run: Run, identifier: string, apiKey: string, attribute: string | null, code: string) {
  await engine.db('outflow.rejection').insert({
    activation_id: run.activationId,
    run_id: run.runId,
    identifier: Buffer.from(identifier),
    api_key: apiKey,
    attribute,
    code,
  });
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
    { apiKey: 'ios', attribute: null, code: '31', contacts: 2 },
    { apiKey: 'android', attribute: null, code: '31', contacts: 1 },
    { apiKey: 'ios', attribute: 'tier', code: '40', contacts: 1 },
  ]);
});

test('rejections are listed by identifier, as the source has it, up to a limit', async () => {
  const run = await openLoyalty();
  await reject(run, 'b@x.fr', 'ios', 'tier', '40');
  await reject(run, String.raw`a\\b\tc`, 'ios', null, '31');
  const [first] = await listRejections(engine, run.activationId, 1);
  expect(first).toEqual({
    identifier: 'a\\b\tc',
    apiKey: 'ios',
    attribute: null,
    code: '31',
    runId: run.runId,
    rejectedAt: expect.any(Date) as Date,
  });
  expect((await listRejections(engine, run.activationId, 10)).map(({ identifier }) => identifier)).toEqual([
    'a\\b\tc',
    'b@x.fr',
  ]);
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
