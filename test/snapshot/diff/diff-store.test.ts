import { afterEach, beforeEach, expect, test } from 'vitest';
import { publishedDiff } from '../../../src/snapshot/diff/diff-store.js';
import { chunksLeft } from '../../engine/engine-fixture.js';
import type { Contact } from '../diff-fixture.js';
import { lab, type Lab } from '../lab.js';

const few: Contact[] = [
  ['a', 'Ann', 'gold'],
  ['b', 'Ben', 'gold'],
  ['c', 'Cid', 'gold'],
];
const others: Contact[] = few.map(([id]) => [id!, 'Somebody', 'silver']);

let it: Lab;
beforeEach(async () => {
  it = await lab();
});
afterEach(() => it.drop());

const invalidRowBlocks = async () =>
  (await it.engine.db<{ diff_attempt: number }>('outflow.invalid_row_block').orderBy('diff_attempt')).length;

test('a diff counts once it is published, and is found again as it was', async () => {
  const run = await it.open();
  const publish = await it.unpublished(run, [...few, [null, 'Nobody', null]], 2);
  const client = await it.engine.connect();
  expect(await publishedDiff(client, run)).toBeUndefined();
  const published = await publish();
  expect(published).toEqual({
    read: 4,
    unchanged: 0,
    new: 3,
    changed: 0,
    gone: 0,
    invalid: 1,
    deferred: 0,
    sendChunks: 2,
    settleChunks: 0,
    guardFigures: {
      acknowledgedBefore: false,
      read: 4,
      invalid: 1,
      duplicates: 0,
      known: 0,
      gone: 0,
      changed: 0,
      nulled: {},
    },
  });
  expect(await publishedDiff(client, run)).toEqual(published);
  it.engine.release(client, false);
});

test('a diff is published with its figures, an attribute each by name, once something was acknowledged', async () => {
  const first = await it.open();
  expect(await it.diff(first, few)).toMatchObject({ guardFigures: { acknowledgedBefore: false, known: 0, read: 3 } });
  await it.deliver(await it.load(first));
  await it.close(first);
  const segment: Contact[] = [
    ['a', 'Ann', null],
    ['c', 'Cid', null],
    ['c', 'Cid', null],
    ['d', 'Dan', null],
  ];
  expect(await it.diff(await it.open(), segment)).toMatchObject({
    guardFigures: {
      acknowledgedBefore: true,
      read: 4,
      invalid: 2,
      duplicates: 2,
      known: 3,
      gone: 1,
      changed: 1,
      nulled: { tier: 1 },
    },
  });
});

test('what an attempt left that was never published is replaced by the next one', async () => {
  const run = await it.open();
  await it.unpublished(run, [...few, [null, 'Nobody', null]], 1);
  expect(await chunksLeft(it.engine)).toHaveLength(3);
  expect(await invalidRowBlocks()).toBe(1);
  await it.diff(run, others.slice(0, 1));
  expect(await chunksLeft(it.engine)).toEqual([`${run.runId}/send/1/2`]);
  expect(await invalidRowBlocks()).toBe(0);
  expect((await it.load(run)).rows.line(0).toString()).toBe('a\tSomebody\tsilver');
});

test('of two attempts that publish, the first counts and the second gets what the first has found', async () => {
  const run = await it.open();
  const first = await it.diff(run, few);
  const second = await (await it.unpublished(run, others.slice(0, 1)))();
  expect(second).toEqual(first);
  await it.deliver(await it.load(run));
  expect(await it.close(run)).toMatchObject({ counts: { read: 3, new: 3, accepted: 3, unsent: 0 } });
  expect(await chunksLeft(it.engine)).toEqual([`${run.runId}/send/1/1`]);
  expect(await it.snapshot()).toEqual(few);
});

test('an attempt that wakes up after another was published and acknowledged takes nothing from it', async () => {
  const run = await it.open();
  await it.diff(run, few);
  await it.deliver(await it.load(run));
  const wake = await it.unpublished(run, few);
  expect(await it.snapshot()).toEqual(few);
  await wake();
  expect(await it.snapshot()).toEqual(few);
});

test('an attempt whose chunks another one has replaced is not published', async () => {
  const run = await it.open();
  const stopped = await it.unpublished(run, few);
  const other = await it.unpublished(run, others);
  await expect(stopped()).rejects.toThrow('another attempt of the diff has replaced the chunks of this one');
  await other();
  expect((await it.load(run)).rows.line(0).toString()).toBe('a\tSomebody\tsilver');
});

test('contacts that are gone or decided enter the snapshot once nothing holds the run, others with their acknowledgement', async () => {
  await it.run(few);
  const run = await it.open();
  const long = 'x'.repeat(65);
  const diff = await it.diff(run, [
    ['b', long, 'gold'],
    ['c', 'Carl', 'gold'],
  ]);
  expect(diff).toMatchObject({ settleChunks: 1, sendChunks: 1 });
  expect(await it.snapshot()).toEqual(few);
  await it.settle(run);
  await it.settle(run); // a step may be repeated
  const settled: Contact[] = [
    ['b', long, 'gold'],
    ['c', 'Cid', 'gold'],
  ];
  expect(await it.snapshot()).toEqual(settled);
  await it.deliver(await it.load(run));
  expect(await it.snapshot()).toEqual(settled.with(1, ['c', 'Carl', 'gold']));
});
