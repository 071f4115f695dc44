import { afterEach, beforeEach, expect, test } from 'vitest';
import { groupRejections, listRejections, retryRejections } from '../../../src/engine/runs/rejections.js';
import { markAttempt, saveProgress } from '../../../src/delivery/outbox/attempt.js';
import { loadChunk } from '../../../src/delivery/outbox/load.js';
import type { RefusedRow } from '../../../src/delivery/outbox/settle-refusals.js';
import { type Contact, owed } from '../../snapshot/diff-fixture.js';
import { lab, type Lab } from '../../snapshot/lab.js';

const few: Contact[] = [
  ['a', 'Ann', 'gold'],
  ['b', 'Ben', 'gold'],
  ['c', 'Cid', 'gold'],
];
const byBoth = (row: number): RefusedRow[] => [refusal(row, 'ios'), refusal(row, 'android')];
const refusal = (row: number, target: string): RefusedRow => ({ row, target, code: 'UNKNOWN_DATA 35' });
const ofName = (row: number, target: string): RefusedRow => ({ ...refusal(row, target), column: 0 });
const ofTier = (row: number, target: string): RefusedRow => ({ ...refusal(row, target), column: 1 });

let it: Lab;
beforeEach(async () => {
  it = await lab();
});
afterEach(() => it.drop());

async function runRefusing(contacts: readonly Contact[], refused: RefusedRow[], maxRows?: number) {
  const run = await it.open();
  await it.diff(run, contacts, undefined, maxRows);
  await it.deliver(await it.load(run), refused);
  return run;
}

const rejectedIdentifiers = async (activationId: number) =>
  (await listRejections(it.engine, activationId, 10)).map(({ identifier, target }) => `${identifier} ${target}`);

test('a new contact that every app refused is not in the snapshot, so the next run sends all of it', async () => {
  const run = await runRefusing(few, byBoth(1));
  expect(await it.close(run)).toMatchObject({ counts: { new: 3, accepted: 2, rejected: 1 }, attributesSent: 4 });
  expect(await it.snapshot()).toEqual([few[0], few[2]]);
  expect(await it.diff(await it.open(), few)).toMatchObject({ new: 1, changed: 0, unchanged: 2 });
});

test('a new contact that one app refused is in the snapshot, all of it owed', async () => {
  await it.close(await runRefusing(few, [refusal(1, 'ios')]));
  expect(await it.snapshot()).toEqual(few.with(1, ['b', owed, owed]));
});

test('of a known contact that was refused what it carried is owed, and nothing else', async () => {
  await it.run(few);
  const run = await runRefusing(few.with(1, ['b', 'Benjamin', 'gold']), byBoth(0));
  expect(await it.close(run)).toMatchObject({ counts: { changed: 1, accepted: 0, rejected: 1 }, attributesSent: 0 });
  expect(await it.snapshot()).toEqual(few.with(1, ['b', owed, 'gold']));
});

test('a refused contact whose source goes back to the value before is sent again', async () => {
  await it.run(few);
  await it.close(await runRefusing(few.with(1, ['b', 'Benjamin', 'gold']), [refusal(0, 'ios')]));
  expect(await it.run(few)).toMatchObject({ counts: { changed: 1, accepted: 1 }, attributesSent: 1 });
  expect(await it.snapshot()).toEqual(few);
});

test('the invalid values of a refused new contact do not stand', async () => {
  const run = await runRefusing([['a', 'x'.repeat(65), 'gold'], few[1]!], byBoth(0));
  expect(await it.close(run)).toMatchObject({ counts: { invalidValues: 0, rejected: 1 } });
  expect(await it.run([few[1]!])).toMatchObject({ counts: { invalidValues: 0, unchanged: 1 } });
});

test('of a contact of which an attribute was refused that attribute is owed, and the others are acknowledged', async () => {
  const run = await runRefusing(few, [ofTier(1, 'ios')]);
  expect(await it.close(run)).toMatchObject({ counts: { new: 3, accepted: 2, rejected: 1 }, attributesSent: 5 });
  expect(await it.snapshot()).toEqual(few.with(1, ['b', 'Ben', owed]));
  expect(await listRejections(it.engine, run.activationId, 10)).toMatchObject([
    { identifier: 'b', target: 'ios', attribute: 'tier', code: 'UNKNOWN_DATA 35', attempts: 1 },
  ]);
});

test('what any app refuses of a contact is owed: attributes by their names, or all that it carried', async () => {
  const run = await runRefusing(few, [
    ...[ofName(0, 'ios'), ofTier(0, 'android')],
    ...[ofName(1, 'ios'), ofName(1, 'android')],
    ...[ofName(2, 'ios'), refusal(2, 'android')],
  ]);
  expect(await it.close(run)).toMatchObject({ counts: { accepted: 0, rejected: 3 }, attributesSent: 1 });
  expect(await it.snapshot()).toEqual([
    ['a', owed, owed],
    ['b', owed, 'gold'],
    ['c', owed, owed],
  ]);
});

test('a new contact is in the snapshot as soon as an app has taken it, though every attribute was refused', async () => {
  await it.close(
    await runRefusing(few, [ofName(1, 'ios'), ofTier(1, 'ios'), ofName(1, 'android'), ofTier(1, 'android')]),
  );
  expect(await it.snapshot()).toEqual(few.with(1, ['b', owed, owed]));
});

test('an app that refuses a contact twice is one app', async () => {
  await it.close(await runRefusing(few, [refusal(1, 'ios'), refusal(1, 'ios')]));
  expect(await it.snapshot()).toEqual(few.with(1, ['b', owed, owed]));
});

test('a refused attribute waits alone: longer after each refusal, and not for what else changes of its contact', async () => {
  const attempts = async () =>
    (await listRejections(it.engine, first.activationId, 10)).map((each) => `${each.attribute} ${each.attempts}`);
  const first = await runRefusing(few, [ofTier(1, 'ios'), ofTier(1, 'android')]);
  await it.close(first);
  expect(await attempts()).toEqual(['tier 1', 'tier 1']);

  const retried = await runRefusing(few, [ofTier(0, 'ios')]);
  expect(await it.close(retried)).toMatchObject({ counts: { changed: 1, rejected: 1 }, attributesSent: 0 });
  expect(await attempts()).toEqual(['tier 2']);

  const waiting = await it.open();
  expect(await it.diff(waiting, few)).toMatchObject({ new: 0, changed: 0, unchanged: 2, deferred: 1 });
  await it.close(waiting);
  expect(await attempts()).toEqual(['tier 2']);

  const renamed = few.with(1, ['b', 'Benjamin', 'gold']);
  const changed = await runRefusing(renamed, [ofTier(0, 'ios')]);
  expect(await it.close(changed)).toMatchObject({ counts: { changed: 1, rejected: 1 }, attributesSent: 1 });
  expect(await attempts()).toEqual(['tier 3']);
  expect(await it.snapshot()).toEqual(few.with(1, ['b', 'Benjamin', owed]));

  await retryRejections(it.engine, first.activationId);
  expect(await it.run(renamed)).toMatchObject({ counts: { changed: 1, accepted: 1 }, attributesSent: 1 });
  expect(await attempts()).toEqual([]);
});

test('refusals are on record by app and code until their contact is accepted', async () => {
  const run = await runRefusing(few, [...byBoth(1), refusal(2, 'android')]);
  await it.close(run);
  expect(await groupRejections(it.engine, run.activationId)).toEqual([
    { target: 'android', attribute: null, code: 'UNKNOWN_DATA 35', contacts: 2 },
    { target: 'ios', attribute: null, code: 'UNKNOWN_DATA 35', contacts: 1 },
  ]);
  const again = await runRefusing(few, [refusal(1, 'android')]);
  expect(await it.close(again)).toMatchObject({ counts: { accepted: 1, rejected: 1 } });
  expect(await rejectedIdentifiers(run.activationId)).toEqual(['c android']);
});

test('a refused contact that leaves the segment leaves the record, wherever its identifier stands', async () => {
  for (const leaving of [0, 1, 2]) {
    const run = await runRefusing(few, byBoth(leaving));
    await it.close(run);
    expect(await rejectedIdentifiers(run.activationId)).toHaveLength(2);
    await it.run([...few.toSpliced(leaving, 1), ['d', `New ${leaving}`, null]]);
    expect(await rejectedIdentifiers(run.activationId)).toEqual([]);
    await it.run([]);
  }
});

test('a chunk settles the record of the identifiers that it stands for, and leaves that of other chunks', async () => {
  const first = await it.open();
  await it.diff(first, few, undefined, 1);
  for (const seq of [1, 2, 3]) await it.deliver(await it.load(first, seq), byBoth(0));
  await it.close(first);
  const second = await it.open();
  await it.diff(second, few, undefined, 1);
  await it.deliver(await it.load(second, 2));
  expect(await rejectedIdentifiers(second.activationId)).toEqual(['a android', 'a ios', 'c android', 'c ios']);
});

test('an identifier is on record as it is, whatever COPY escapes in it', async () => {
  const run = await runRefusing([['a\tb\\', 'Ann', 'gold']], byBoth(0));
  expect(await rejectedIdentifiers(run.activationId)).toEqual(['a\tb\\ android', 'a\tb\\ ios']);
});

test('of a chunk that was acknowledged is read what it came to, and no more', async () => {
  const run = await it.open();
  await it.diff(run, few);
  const chunk = await it.load(run);
  await markAttempt(it.engine, chunk);
  await saveProgress(it.engine, chunk, { ios: { done: 2 } });
  expect(await it.load(run)).toMatchObject({ progress: { ios: { done: 2 } }, acknowledged: undefined });
  await it.deliver(chunk, [refusal(0, 'ios')]);
  expect(await loadChunk(it.engine, run, 1)).toEqual({ acknowledged: { accepted: 2, rejected: 1 } });
  await expect(it.deliver(chunk)).rejects.toMatchObject({ code: 'RunSuperseded' });
  expect(await it.close(run)).toMatchObject({ requests: 2 });
});
