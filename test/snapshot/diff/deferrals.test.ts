import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ClaimedRun } from '../../../src/engine/claim/claimed-run.js';
import { decideMode } from '../../../src/engine/runs/full-run.js';
import { listRejections, retryRejections } from '../../../src/engine/runs/rejections.js';
import { resetSnapshot } from '../../../src/engine/runs/reset.js';
import { markAttempt } from '../../../src/delivery/outbox/attempt.js';
import { recordLateSend } from '../../../src/delivery/outbox/late-send.js';
import type { RefusedRow } from '../../../src/delivery/outbox/settle-refusals.js';
import type { PublishedDiff } from '../../../src/snapshot/diff/diff-store.js';
import { type Contact, nameAndTier, owed } from '../diff-fixture.js';
import { lab, type Lab } from '../lab.js';

const few: Contact[] = [
  ['a', 'Ann', 'gold'],
  ['b', 'Ben', 'gold'],
  ['c', 'Cid', 'gold'],
];
const renamed = few.with(1, ['b', 'Benjamin', 'gold']);
const HOUR = 3_600_000;

let it: Lab;
beforeEach(async () => {
  it = await lab();
});
afterEach(() => it.drop());

/** A whole run, in which these apps refuse the contact `b` whatever it is sent. */
async function runRefusingB(contacts: readonly Contact[], apps = ['ios', 'android'], maxRows?: number) {
  const run = await it.open();
  const diff = await it.diff(run, contacts, nameAndTier, maxRows);
  if (diff.settleChunks > 0) await it.settle(run);
  let sent = 0;
  for (let seq = 1; seq <= diff.sendChunks; seq++) sent += await deliverRefusingB(run, seq, apps);
  return { run, diff, sent: sent > 0, result: await it.close(run) };
}

/** Returns 1 when the contact was in the chunk. */
async function deliverRefusingB(run: ClaimedRun, seq: number, apps: readonly string[]): Promise<number> {
  const chunk = await it.load(run, seq);
  const row = Array.from({ length: chunk.rows.count }, (_, i) => chunk.rows.key(i).toString()).indexOf('b');
  const refused = row < 0 ? [] : apps.map((target): RefusedRow => ({ row, target, code: 'UNKNOWN_DATA 35' }));
  await it.deliver(chunk, refused);
  return refused.length > 0 ? 1 : 0;
}

/** Two refusals of the same values, after which `b` waits for an hour. */
async function refusedTwice(contacts = few, apps?: string[]) {
  await runRefusingB(contacts, apps);
  return runRefusingB(contacts, apps);
}

const rejections = async () => {
  const found = await listRejections(it.engine, 1, 10);
  return found.map(({ identifier, target, attempts }) => `${identifier} ${target}: ${attempts}`);
};

const letPass = (ms: number) =>
  it.engine.db.raw('update outflow.rejection set due_at = due_at - make_interval(secs => ? / 1000.0)', [ms]);

/** What the next run finds: it is opened, and the one after it replaces it. */
async function nextDiff(contacts: readonly Contact[], attributes = nameAndTier): Promise<PublishedDiff> {
  return it.diff(await it.open(), contacts, attributes);
}

test('a new contact that every app refuses is sent by the next run, then waits without a chunk', async () => {
  const first = await runRefusingB(few);
  expect(first.result).toMatchObject({ outcome: 'completed_with_warnings', counts: { rejected: 1, deferred: 0 } });
  const second = await runRefusingB(few);
  expect(second.result).toMatchObject({ counts: { new: 1, rejected: 1, deferred: 0 } });
  const third = await runRefusingB(few);
  expect(third.diff).toMatchObject({ sendChunks: 0, settleChunks: 0 });
  expect(third.result).toMatchObject({
    outcome: 'completed_with_warnings',
    counts: { read: 3, unchanged: 2, new: 0, changed: 0, rejected: 0, deferred: 1, unsent: 0 },
  });
  expect(await it.snapshot()).toEqual([few[0], few[2]]);
  expect(await rejections()).toEqual(['b android: 2', 'b ios: 2']);
});

test('a refused contact is sent again an hour, then six, then a day after its last refusal', async () => {
  await refusedTwice();
  for (const hours of [1, 6, 24, 24]) {
    expect((await runRefusingB(few)).sent).toBe(false);
    await letPass(hours * HOUR - 60_000);
    expect((await runRefusingB(few)).sent, `a minute before ${hours} h`).toBe(false);
    await letPass(60_000);
    expect((await runRefusingB(few)).sent, `after ${hours} h`).toBe(true);
  }
  expect(await rejections()).toEqual(['b android: 6', 'b ios: 6']);
});

test('both refusals of a contact are due at the same moment', async () => {
  await refusedTwice();
  const due = await it.engine.db<{ due_at: Date }>('outflow.rejection').distinct(it.engine.db.raw('due_at::text'));
  expect(due).toHaveLength(1);
});

test('a contact that is accepted at last leaves the record, and does not wait again', async () => {
  await refusedTwice();
  await letPass(HOUR);
  expect(await it.run(few)).toMatchObject({ outcome: 'completed', counts: { new: 1, accepted: 1, deferred: 0 } });
  expect(await rejections()).toEqual([]);
  expect(await it.run(few)).toMatchObject({ outcome: 'completed', counts: { unchanged: 3 } });
});

test('a refused contact whose values change is sent at once, as often as they change', async () => {
  await refusedTwice();
  expect((await runRefusingB(renamed)).sent).toBe(true);
  expect(await rejections(), 'it is the first refusal of these values').toEqual(['b android: 1', 'b ios: 1']);
  expect((await runRefusingB(few)).sent, 'back to the values before').toBe(true);
  expect((await runRefusingB(renamed)).sent).toBe(true);
  await it.run(few);
  expect(await it.snapshot()).toEqual(few);
});

test('a refused contact waits when only the text of a value changes, and not what is sent', async () => {
  const tags = [{ attribute: 'tags', column: 'text[]' }];
  const tagged = (array: string): Contact[] => [['b', array]];
  for (let i = 0; i < 2; i++) {
    const run = await it.open();
    await it.diff(run, tagged('{vip}'), tags);
    await deliverRefusingB(run, 1, ['ios']);
    await it.close(run);
  }
  expect(await nextDiff(tagged('{vip,NULL}'), tags)).toMatchObject({ deferred: 1, changed: 0 });
  expect(await nextDiff(tagged('{vip,new}'), tags)).toMatchObject({ deferred: 0, changed: 1 });
});

test.each([[['ios']], [['ios', 'android']]])(
  'of a known contact that is refused by %j the attributes are owed while it waits',
  async (apps) => {
    await it.run(few);
    await refusedTwice(renamed, apps);
    const third = await runRefusingB(renamed, apps);
    expect(third).toMatchObject({ sent: false, result: { counts: { unchanged: 2, deferred: 1 } } });
    expect(await it.snapshot()).toEqual(few.with(1, ['b', owed, 'gold']));
    expect(await rejections()).toEqual(apps.toSorted().map((app) => `b ${app}: 2`));
    expect(await nextDiff(few), 'what it was before is another value').toMatchObject({ changed: 1, deferred: 0 });
    expect(await nextDiff(renamed.with(1, ['b', 'Benjamin', 'silver']))).toMatchObject({ changed: 1, deferred: 0 });
  },
);

test('a contact that waits counts as known to the guards, and not as changed', async () => {
  await it.run(few);
  const emptied = few.with(1, ['b', null, 'gold']);
  await refusedTwice(emptied);
  expect(await nextDiff(emptied.with(0, ['a', 'Ann', 'silver']))).toMatchObject({
    deferred: 1,
    guardFigures: { known: 3, changed: 1, nulled: {} },
  });
});

test('a new contact that one of two apps refuses waits as well, all of it owed', async () => {
  await refusedTwice(few, ['ios']);
  expect(await runRefusingB(few, ['ios'])).toMatchObject({ sent: false, result: { counts: { deferred: 1 } } });
  expect(await it.snapshot()).toEqual(few.with(1, ['b', owed, owed]));
  await letPass(HOUR);
  await it.run(few);
  expect(await it.snapshot()).toEqual(few);
});

const duplicated: Contact[] = [few[0]!, few[1]!, ['b', 'Beatrice', 'gold'], few[2]!];
test.each<[string, readonly Contact[]]>([
  ['leaves the segment', few.toSpliced(1, 1)],
  ['gets a row with the same identifier', duplicated],
])('the rejection of a contact that %s goes, also when nothing is to be sent', async (_, contacts) => {
  await refusedTwice();
  await it.run(contacts);
  expect(await rejections()).toEqual([]);
  expect(await nextDiff(few), 'and it is sent at once when it is back').toMatchObject({ new: 1, deferred: 0 });
});

test('the rejection of a contact goes when the attribute that was refused is no longer sent', async () => {
  const [name] = nameAndTier;
  await it.run(few);
  await refusedTwice(few.with(1, ['b', 'Ben', 'silver']));
  await it.run(
    few.map(([identifier, value]): Contact => [identifier!, value!]),
    [name!],
  );
  expect(await rejections()).toEqual([]);
});

test('the rejection of a contact goes when the value that was refused becomes one that is never sent', async () => {
  await it.run(few);
  await refusedTwice(renamed);
  expect(await it.run(renamed.with(1, ['b', 'x'.repeat(65), 'gold']))).toMatchObject({
    counts: { deferred: 0, invalidValues: 1 },
  });
  expect(await rejections()).toEqual([]);
});

test('a chunk whose range covers a contact that waits leaves its rejection', async () => {
  await refusedTwice();
  const around = [['a', 'Anna', 'gold'], few[1]!, ['c', 'Cyd', 'gold']] as Contact[];
  const { diff, result } = await runRefusingB(around);
  expect(diff).toMatchObject({ changed: 2, deferred: 1, sendChunks: 1 });
  expect(result).toMatchObject({ counts: { accepted: 2, deferred: 1 } });
  expect(await rejections()).toEqual(['b android: 2', 'b ios: 2']);
});

test('a run that is cut off leaves the rejections of those that it has not sent', async () => {
  await refusedTwice();
  await letPass(HOUR);
  const run = await it.open();
  expect(await it.diff(run, [...few, ['d', 'Dan', 'gold']], nameAndTier, 1)).toMatchObject({ sendChunks: 2 });
  await it.deliver(await it.load(run, 2));
  expect(await it.close(run)).toMatchObject({ counts: { unsent: 1 } });
  expect(await rejections()).toEqual(['b android: 2', 'b ios: 2']);
});

test('a full run sends contacts that wait, too', async () => {
  await refusedTwice();
  const run = await it.open();
  await decideMode(it.engine, { run, requestedMode: 'full', targets: {} });
  expect(await it.diff(run, few)).toMatchObject({ new: 1, changed: 2, deferred: 0 });
  await deliverRefusingB(run, 1, ['ios']);
  await it.close(run);
  expect(await rejections(), 'a third refusal of the same values').toEqual(['b ios: 3']);
});

test('a contact that waits is sent when more of it is owed: by a doubtful chunk or a late request', async () => {
  await it.run(few);
  await refusedTwice(renamed);
  const doubtful = await it.open();
  await it.diff(doubtful, renamed.with(1, ['b', 'Benjamin', 'silver']));
  const chunk = await it.load(doubtful);
  await markAttempt(it.engine, chunk);
  expect(await nextDiff(renamed)).toMatchObject({ changed: 1, deferred: 0 });
});

test('a contact that waits is sent when a late request makes more of it owed', async () => {
  await it.run(few);
  const stopped = await it.open();
  await it.diff(stopped, few.with(1, ['b', 'Ben', 'silver']));
  const late = await it.load(stopped);
  await refusedTwice(renamed);
  expect(await nextDiff(renamed)).toMatchObject({ changed: 0, deferred: 1 });
  await recordLateSend(it.engine, late);
  expect(await nextDiff(renamed)).toMatchObject({ changed: 1, deferred: 0 });
});

test('of two attempts of a diff that overlap, the one that counts says who waits', async () => {
  await refusedTwice();
  const run = await it.open();
  const stopped = await it.unpublished(run, few);
  await retryRejections(it.engine, run.activationId);
  const diff = await it.diff(run, few);
  expect(diff).toMatchObject({ new: 1, deferred: 0, sendChunks: 1 });
  expect(await stopped(), 'it gets what the other has found').toEqual(diff);
  await it.deliver(await it.load(run));
  await it.close(run);
  expect(await rejections(), 'and keeps no rejection of a contact that was accepted').toEqual([]);
});

test('contacts that are made due are sent by the next run', async () => {
  await refusedTwice();
  expect(await retryRejections(it.engine, 1)).toBe(1);
  expect((await runRefusingB(few)).sent).toBe(true);
});

test('the run after a reset sends contacts that wait, too, and forgets no rejection before they are accepted', async () => {
  await refusedTwice();
  await resetSnapshot(it.engine, 'loyalty');
  expect(await rejections()).toEqual(['b android: 2', 'b ios: 2']);
  const run = await it.open();
  await decideMode(it.engine, { run, targets: {} });
  expect(await it.diff(run, few)).toMatchObject({ new: 1, changed: 2, deferred: 0, unchanged: 0 });
});

test('a held run that is cancelled changes neither the snapshot nor the rejections', async () => {
  await it.run([...few, ['d', 'Dan', 'gold']]);
  await refusedTwice([...renamed, ['d', 'Dan', 'gold']]);
  const [snapshot, refused] = [await it.snapshot(), await rejections()];
  const run = await it.open();
  expect(await it.diff(run, [])).toMatchObject({ gone: 4, settleChunks: 1, sendChunks: 0 });
  expect(await it.cancel(run)).toMatchObject({ outcome: 'cancelled', counts: { gone: 4 } });
  expect(await it.snapshot()).toEqual(snapshot);
  expect(await rejections()).toEqual(refused);
});

test('a held run in which every contact is duplicated, cancelled, leaves the rejections', async () => {
  await refusedTwice();
  const run = await it.open();
  expect(await it.diff(run, [...few, ...few].toSorted())).toMatchObject({ invalid: 6, settleChunks: 0, sendChunks: 0 });
  await it.cancel(run);
  expect(await rejections()).toEqual(['b android: 2', 'b ios: 2']);
});
