import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSnapshot } from '../../../src/snapshot/store/snapshot.js';
import { chunksLeft, somebodyWaitsForALock } from '../../engine/engine-fixture.js';
import type { Contact } from '../diff-fixture.js';
import { lab, type Lab, stoppable } from '../lab.js';

const few: Contact[] = [
  ['a', 'Ann', 'gold'],
  ['b', 'Ben', 'gold'],
];
const many = Array.from({ length: 10_000 }, (_, i): Contact => [`key-${10_000 + i}`, `Name ${i}`, 'gold']);

let it: Lab;
beforeEach(async () => {
  it = await lab();
  await it.run([['earlier', 'Eve', 'gold']]); // the chunks of a first run stay where they are: later ones fold
});
afterEach(() => it.drop());

interface BlockRow {
  generation: number;
  seq: number;
  row_count: number;
}

/** `generation/seq: rows` of all blocks. */
async function blocks(): Promise<string[]> {
  const rows = await it.engine.db<BlockRow>('outflow.snapshot_block').orderBy(['generation', 'seq']).select();
  return rows.map(({ generation, seq, row_count }) => `${generation}/${seq}: ${row_count}`);
}

/** A run whose chunks are all acknowledged, not closed yet. */
async function sentRun(contacts: readonly Contact[]) {
  const run = await it.open();
  const { sendChunks } = await it.diff(run, contacts);
  await it.settle(run);
  for (let seq = 1; seq <= sendChunks; seq++) await it.deliver(await it.load(run, seq));
  return run;
}

test('a fold writes the snapshot into blocks of 4,000 contacts and leaves no chunk', async () => {
  const run = await sentRun(many);
  expect(await it.fold(run)).toEqual({ folded: true, contacts: 10_000 });
  expect(await blocks()).toEqual(['1/1: 4000', '1/2: 4000', '1/3: 2000']);
  expect(await chunksLeft(it.engine)).toEqual([]);
  expect(await it.snapshot()).toEqual(many);
});

test('the next fold replaces the blocks by those of a new generation', async () => {
  await it.fold(await sentRun(few));
  const run = await sentRun([few[0]!]);
  expect(await it.fold(run)).toEqual({ folded: true, contacts: 1 });
  expect(await blocks()).toEqual(['2/1: 1']);
  expect(await it.snapshot()).toEqual([few[0]]);
});

test('a fold of a snapshot without contacts has no blocks', async () => {
  await it.fold(await sentRun(few));
  expect(await it.fold(await sentRun([]))).toEqual({ folded: true, contacts: 0 });
  expect(await blocks()).toEqual([]);
  expect(await it.snapshot()).toEqual([]);
});

test('a few changes above many contacts are not worth a fold, ten runs of them are', async () => {
  await it.fold(await sentRun(many));
  for (let changes = 1; changes <= 9; changes++) {
    const run = await sentRun(many.with(0, [many[0]![0]!, `Changed ${changes}`, 'gold']));
    expect(await it.fold(run)).toEqual({ folded: false, contacts: 10_000 });
  }
  const tenth = await sentRun(many.with(0, [many[0]![0]!, 'Changed 10', 'gold']));
  expect(await it.fold(tenth)).toMatchObject({ folded: true });
});

test('a run that changed nothing folds nothing', async () => {
  await it.fold(await sentRun(few));
  expect(await it.fold(await sentRun(few))).toEqual({ folded: false, contacts: 2 });
});

test('a fold that dies in the middle leaves the snapshot whole, and the next one cleans up', async () => {
  await it.fold(await sentRun(few));
  const more = many.map(([, ...values], i): Contact => [`more-${10_000 + i}`, ...values]);
  const contacts = [...few, ...many, ...more];
  const run = await sentRun(contacts);
  let given = 0;
  const onBlock = (): void => {
    if (++given === 4) throw new Error('killed'); // the first is stored then, and others wait
  };
  const dying = it.fold(run, { onBlock });
  await expect(dying).rejects.toThrow('killed');
  expect(await blocks()).toEqual(expect.arrayContaining(['1/1: 2', '2/1: 4000']));
  expect(await it.snapshot()).toEqual(contacts);

  expect(await it.fold(run)).toEqual({ folded: true, contacts: 20_002 });
  expect(await blocks()).toEqual(['2/1: 4000', '2/2: 4000', '2/3: 4000', '2/4: 4000', '2/5: 4000', '2/6: 2']);
  expect(await it.snapshot()).toEqual(contacts);
});

test('the figures of a run survive the fold of its chunks', async () => {
  const run = await it.open();
  await it.diff(run, few);
  await it.deliver(await it.load(run), [{ row: 1, target: 'ios', code: 'UNKNOWN_DATA' }]);
  await it.fold(run);
  expect(await it.close(run)).toMatchObject({
    outcome: 'completed_with_warnings',
    counts: { read: 2, new: 2, accepted: 1, rejected: 1, unsent: 0 },
    attributesSent: 2,
    requests: 1,
  });
});

/** Between its view of the snapshot and its first block. */
const BEFORE_FIRST_BLOCK = 3;

test('a fold that wakes up in a run that was taken over takes no block from the one that has folded since', async () => {
  const process = stoppable(it.engine, BEFORE_FIRST_BLOCK);
  const folding = it.fold(await sentRun(many), { through: process.engine });
  await process.stopped;
  await it.fold(await sentRun(few));
  process.goOn();
  await expect(folding).rejects.toMatchObject({ code: 'RunSuperseded' });
  expect(await it.snapshot()).toEqual(few);
});

test('a fold that wakes up after another attempt of it takes no block from that one, also when it dies', async () => {
  const run = await sentRun(many);
  const process = stoppable(it.engine, BEFORE_FIRST_BLOCK);
  const onBlock = (): void => {
    throw new Error('killed');
  };
  const folding = it.fold(run, { through: process.engine, onBlock });
  await process.stopped;
  await it.fold(run);
  process.goOn();
  await expect(folding).rejects.toThrow();
  expect(await it.snapshot()).toEqual(many);
  expect(await blocks()).toHaveLength(3);
});

test('a fold whose blocks another attempt has deleted is not switched to', async () => {
  const run = await sentRun(many);
  const other = await it.engine.connect();
  await other.query('begin');
  await other.query(`insert into outflow.snapshot_block values ($1, 1, 2, 0, '', '', '')`, [run.activationId]);
  const folding = it.fold(run); // waits for the other one with its second block
  folding.catch(() => undefined);
  await somebodyWaitsForALock(it.engine);
  await it.engine.db('outflow.snapshot_block').where({ seq: 1 }).delete();
  await other.query('rollback');
  it.engine.release(other, false);
  await expect(folding).rejects.toThrow('another attempt of the fold has taken the place of this one');
  expect(await it.snapshot()).toEqual(many);
});

test('attempts of a fold that overlap leave the snapshot whole, and the next one folds', async () => {
  const run = await sentRun([...few, ...many]);
  await Promise.allSettled([it.fold(run), it.fold(run), it.fold(run)]);
  expect(await it.snapshot()).toEqual([...few, ...many]);
  await it.fold(run);
  const [generation] = (await blocks())[0]!.split('/'); // one that began to read when another had switched has folded again
  expect(await blocks()).toEqual([`${generation}/1: 4000`, `${generation}/2: 4000`, `${generation}/3: 2002`]);
  expect(await it.snapshot()).toEqual([...few, ...many]);
});

test('a view that is open sees the blocks of its generation while a fold deletes them', async () => {
  await it.fold(await sentRun(many));
  const run = await sentRun(few);
  const view = await openSnapshot(it.engine, run, 'this run too');
  const reading = view.parts().base!.blocks[Symbol.asyncIterator]();
  await reading.next();
  await it.fold(run);
  let read = 1;
  while (!(await reading.next()).done) read++;
  expect(read).toBe(3);
  view.close();
});
