import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordLateSend } from '../../../src/delivery/outbox/late-send.js';
import { openSnapshot } from '../../../src/snapshot/store/snapshot.js';
import { chunksLeft } from '../../engine/engine-fixture.js';
import { type Contact, nameAndTier, owed } from '../diff-fixture.js';
import { lab, type Lab, layoutOf } from '../lab.js';

const everybody = Array.from({ length: 1_000 }, (_, i): Contact => [`key-${1_000 + i}`, `Name ${i}`, 'gold']);

let it: Lab;
beforeEach(async () => {
  it = await lab();
});
afterEach(() => it.drop());

/** A run in chunks of 50 contacts, of which `deliver` sends each; then it folds if that is due, and closes. */
async function runInChunks(
  contacts: readonly Contact[],
  deliver: (seq: number, chunk: Awaited<ReturnType<Lab['load']>>) => Promise<void> = (_, chunk) => it.deliver(chunk),
): Promise<{ folded: boolean; contacts: number }> {
  const run = await it.open();
  const { sendChunks } = await it.diff(run, contacts, nameAndTier, 50);
  await it.settle(run);
  for (let seq = 1; seq <= sendChunks; seq++) await deliver(seq, await it.load(run, seq));
  const folded = await it.fold(run);
  await it.close(run);
  return folded;
}

async function blocks(): Promise<number> {
  const { rows } = await it.engine.db.raw<{ rows: { blocks: number }[] }>(
    'select count(*) as blocks from outflow.snapshot_block',
  );
  return rows[0]!.blocks;
}

/** Of the lines whose hashes are known, without reading them; undefined when the next run has to read in order. */
async function linesKnownByHash(): Promise<number | undefined> {
  const run = await it.open();
  const view = await openSnapshot(it.engine, run, 'earlier runs');
  try {
    return view.linesIn(layoutOf(nameAndTier));
  } finally {
    view.close();
    await it.cancel(run);
  }
}

test('what a first run has stored to be sent is the snapshot, without being written again', async () => {
  expect(await runInChunks(everybody)).toEqual({ folded: false, contacts: 1_000 });
  expect(await blocks()).toBe(0);
  expect(await it.snapshot()).toEqual(everybody);
  expect(await linesKnownByHash()).toBe(1_000);
});

test('runs above it leave it where it is, until a fold writes blocks and takes the chunks away', async () => {
  await runInChunks(everybody);
  const contacts = everybody.slice(1);
  for (let changes = 1; changes <= 9; changes++) {
    contacts[changes * 100] = [contacts[changes * 100]![0]!, `Changed ${changes}`, 'gold'];
    contacts.push([`new-${changes}`, 'Nat', 'gold']);
    expect(await runInChunks(contacts)).toEqual({ folded: false, contacts: 1_000 });
    expect(await it.snapshot()).toEqual(contacts);
  }
  contacts.push(['new-99', 'Nat', 'gold']);
  expect(await runInChunks(contacts)).toEqual({ folded: true, contacts: 1_009 });
  expect(await chunksLeft(it.engine)).toEqual([]);
  expect(await it.snapshot()).toEqual(contacts);
});

test('a contact of it that is refused is owed, and the chunks that hold none stay', async () => {
  const outcome = await runInChunks(everybody, (seq, chunk) =>
    it.deliver(chunk, seq === 2 ? [{ row: 7, target: 'ios', code: 'UNKNOWN_DATA' }] : []),
  );
  expect(outcome).toEqual({ folded: false, contacts: 950 });
  expect(await it.snapshot()).toEqual(everybody.with(57, [everybody[57]![0]!, owed, owed]));
});

test('when many of its chunks hold refused contacts, it is folded', async () => {
  const outcome = await runInChunks(everybody, (seq, chunk) =>
    it.deliver(chunk, seq % 5 === 0 ? [{ row: 0, target: 'ios', code: 'UNKNOWN_DATA' }] : []),
  );
  expect(outcome).toEqual({ folded: true, contacts: 1_000 });
  expect(await it.snapshot()).toEqual(
    everybody.map((contact, i): Contact => (i % 250 === 200 ? [contact[0]!, owed, owed] : contact)),
  );
});

test('where it was interrupted, the next run sends the others, and folds', async () => {
  const run = await it.open();
  await it.diff(run, everybody, nameAndTier, 50);
  for (const seq of [1, 2, 5]) await it.deliver(await it.load(run, seq));
  const sent = [...everybody.slice(0, 100), ...everybody.slice(200, 250)];
  expect(await it.snapshot()).toEqual(sent);
  expect(await runInChunks(everybody)).toEqual({ folded: true, contacts: 1_000 });
  expect(await it.snapshot()).toEqual(everybody);
});

test('a request of it that may have arrived later is folded with it', async () => {
  const run = await it.open();
  await it.diff(run, everybody);
  const chunk = await it.load(run);
  await it.deliver(chunk);
  await recordLateSend(it.engine, chunk);
  expect(await it.fold(run)).toEqual({ folded: true, contacts: 1_000 });
  expect(await chunksLeft(it.engine)).toEqual([]);
  expect(await it.snapshot()).toEqual(everybody.map(([key]): Contact => [key!, owed, owed]));
});

test('the guards of the next run know that contacts were acknowledged', async () => {
  await runInChunks(everybody);
  const { guardFigures } = await it.diff(await it.open(), []);
  expect(guardFigures).toMatchObject({ acknowledgedBefore: true, known: 1_000, gone: 1_000 });
});

test('a full run sends all of it again, whatever was acknowledged', async () => {
  await runInChunks(everybody);
  await it.engine.db.raw('update outflow.snapshot set owed_before_run = 2');
  expect(await linesKnownByHash()).toBeUndefined();
  expect(await it.snapshot()).toEqual(everybody.map(([key]): Contact => [key!, owed, owed]));
});
