import { afterEach, beforeEach, expect, test } from 'vitest';
import { markAttempt } from '../../../src/delivery/outbox/attempt.js';
import { recordLateSend } from '../../../src/delivery/outbox/late-send.js';
import { type Contact, nameAndTier, owed } from '../../snapshot/diff-fixture.js';
import { lab, type Lab } from '../../snapshot/lab.js';

const few: Contact[] = [
  ['a', 'Ann', 'gold'],
  ['b', 'Ben', 'gold'],
];
const changed = few.with(0, ['a', 'Anna', 'gold']);
const owedName: Contact[] = few.with(0, ['a', owed, 'gold']);

let it: Lab;
beforeEach(async () => {
  it = await lab();
  await it.run(few);
});
afterEach(() => it.drop());

/** A run that has sent Anna and is stopped before it learns how that ended. */
async function stopped() {
  const run = await it.open();
  await it.diff(run, changed);
  const chunk = await it.load(run);
  await markAttempt(it.engine, chunk);
  return chunk;
}

test('a request that arrives after a newer run was acknowledged makes what it carried owed, and nothing else', async () => {
  const late = await stopped();
  await it.run(few);
  expect(await it.snapshot()).toEqual(few);
  await recordLateSend(it.engine, late);
  expect(await it.snapshot()).toEqual(owedName);
});

test('the next run sends again what a late request carried, and settles it', async () => {
  const late = await stopped();
  await it.run(few);
  await recordLateSend(it.engine, late);
  expect(await it.run(few)).toMatchObject({ counts: { changed: 1, accepted: 1, unchanged: 1 }, attributesSent: 1 });
  expect(await it.snapshot()).toEqual(few);
  expect(await it.run(few)).toMatchObject({ counts: { changed: 0, unchanged: 2 } });
});

test('a late send that comes while a run is sending is above that run, which had not seen it', async () => {
  const late = await stopped();
  const run = await it.open();
  await it.diff(run, few);
  await recordLateSend(it.engine, late);
  await it.deliver(await it.load(run));
  await it.close(run);
  expect(await it.snapshot()).toEqual(owedName);
});

test('a late send outlives the fold of a run that had not seen it, and goes with the fold of one that had', async () => {
  const late = await stopped();
  const run = await it.open();
  await it.diff(run, few);
  await it.deliver(await it.load(run));
  await it.fold(run);
  await recordLateSend(it.engine, late);
  await it.close(run);
  expect(await it.snapshot()).toEqual(owedName);

  const next = await it.open();
  await it.diff(next, few);
  await it.deliver(await it.load(next));
  expect(await it.fold(next)).toEqual({ folded: true, contacts: 2 });
  expect(await it.engine.db('outflow.late_send').select()).toEqual([]);
  expect(await it.snapshot()).toEqual(few);
});

test('a late send of a contact that has left the segment brings it back to nobody', async () => {
  const late = await stopped();
  await it.run(few.slice(1));
  await recordLateSend(it.engine, late);
  expect(await it.snapshot()).toEqual(few.slice(1));
});

test('a late send makes its attribute owed under another type, too', async () => {
  const late = await stopped();
  const asUrl = [{ ...nameAndTier[0]!, onTooLong: 'clear' as const }, nameAndTier[1]!];
  await it.run(few, asUrl);
  expect(await it.snapshot(asUrl)).toEqual(few);
  await recordLateSend(it.engine, late);
  expect(await it.snapshot(asUrl)).toEqual(owedName);
});
