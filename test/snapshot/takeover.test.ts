import { afterEach, beforeEach, expect, test } from 'vitest';
import { acknowledge } from '../../src/delivery/outbox/acknowledge.js';
import { markAttempt, saveProgress } from '../../src/delivery/outbox/attempt.js';
import { copyWithClaim } from '../../src/engine/claim/copy-with-claim.js';
import { int4, int8 } from '../../src/copy/binary-copy.js';
import { chunksLeft, promised } from '../engine/engine-fixture.js';
import { type Contact, owed } from './diff-fixture.js';
import { lab, type Lab, settlementOf } from './lab.js';

const few: Contact[] = [
  ['a', 'Ann', 'gold'],
  ['b', 'Ben', 'gold'],
];
const changed = few.with(0, ['a', 'Anna', 'gold']);

let it: Lab;
beforeEach(async () => {
  it = await lab();
});
afterEach(() => it.drop());

const superseded = { code: 'RunSuperseded', retryable: false };

test('a run that lost its claim cannot mark, save or acknowledge a chunk, and changes nothing by trying', async () => {
  const run = await it.open();
  await it.diff(run, few);
  const chunk = await it.load(run);
  await markAttempt(it.engine, chunk);
  await it.open();
  const before = await it.engine.db('outflow.change_chunk').select();
  expect(before).toHaveLength(1); // in doubt
  await expect(markAttempt(it.engine, chunk)).rejects.toMatchObject(superseded);
  await expect(saveProgress(it.engine, chunk, { ios: 1 })).rejects.toMatchObject(superseded);
  const refused = [{ row: 0, target: 'ios', code: 'UNKNOWN_DATA' }];
  await expect(acknowledge(it.engine, chunk, settlementOf(chunk, refused), [0])).rejects.toMatchObject(superseded);
  expect(await it.engine.db('outflow.change_chunk').select()).toEqual(before);
  expect(await it.engine.db('outflow.rejection').select()).toEqual([]);
});

test('a run that lost its claim cannot begin, store or publish a diff', async () => {
  const run = await it.open();
  const publish = await it.unpublished(run, few);
  await it.open();
  await expect(publish()).rejects.toMatchObject(superseded);
  await expect(it.unpublished(run, few)).rejects.toMatchObject(superseded);
  expect(await it.engine.db('outflow.run_diff').select()).toEqual([]);
  expect(await chunksLeft(it.engine)).toEqual([]);
});

test('a chunk that was dropped with its run is not found by it any more', async () => {
  const run = await it.open();
  await it.diff(run, few);
  await it.open();
  await expect(it.load(run)).rejects.toMatchObject(superseded);
});

test('a writer that is stopped in the middle of a COPY holds no takeover back, and writes nothing when it goes on', async () => {
  const run = await it.open();
  const client = await it.engine.connect();
  const [copying, goOn] = [promised(), promised()];
  async function* rows() {
    yield [
      int8(run.activationId),
      int8(1),
      int4(1),
      int4(1),
      Buffer.from('a\tAnn\tgold\n'),
      Buffer.alloc(8),
      Buffer.alloc(8),
    ];
    copying.resolve();
    await goOn.promise;
  }
  const target = 'outflow.snapshot_block (activation_id, generation, seq, row_count, data, hashes, places)';
  const writing = copyWithClaim(client, run, target, rows());
  await copying.promise;
  const next = await it.open();
  expect(next.runId).toBeGreaterThan(run.runId);
  goOn.resolve();
  await expect(writing).rejects.toMatchObject(superseded);
  it.engine.release(client, false);
  expect(await it.engine.db('outflow.snapshot_block').select()).toEqual([]);
});

test('a chunk that was attempted and never acknowledged is in doubt: what it carried is owed, and nothing else', async () => {
  await it.run(few);
  const run = await it.open();
  await it.diff(run, [...changed, ['c', 'Cid', 'gold']]);
  await markAttempt(it.engine, await it.load(run));
  await it.open();
  expect(await it.snapshot()).toEqual([
    ['a', owed, 'gold'],
    ['b', 'Ben', 'gold'],
    ['c', owed, owed],
  ]);
});

test('a source that goes back to its value before a doubtful chunk is sent again', async () => {
  await it.run(few);
  const run = await it.open();
  await it.diff(run, changed);
  await markAttempt(it.engine, await it.load(run));
  const next = await it.open();
  expect(await it.diff(next, few)).toMatchObject({ new: 0, changed: 1, unchanged: 1, sendChunks: 1 });
  await it.deliver(await it.load(next));
  expect(await it.close(next)).toMatchObject({ attributesSent: 1, counts: { accepted: 1 } });
  expect(await it.snapshot()).toEqual(few);
});

test('a chunk that was never attempted is dropped with its run, and its changes are found again', async () => {
  await it.run(few);
  await it.diff(await it.open(), changed);
  const next = await it.open();
  expect(await it.snapshot()).toEqual(few);
  expect(await it.diff(next, changed)).toMatchObject({ changed: 1 });
});
