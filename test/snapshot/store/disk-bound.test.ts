import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Contact } from '../diff-fixture.js';
import { lab, type Lab } from '../lab.js';

const everybody = 40_000;
const runs = 200;
const changedPerRun = everybody / 100;

let it: Lab;
beforeEach(async () => {
  it = await lab();
});
afterEach(() => it.drop());

/** Text that does not compress better than names do. */
function nameOf(n: number, version: number): string {
  return createHash('sha256').update(`${n} ${version}`).digest('base64').slice(0, 20);
}

/** As autovacuum does between two runs, which are minutes apart. */
async function vacuum(): Promise<void> {
  await it.engine.db.raw('vacuum outflow.snapshot_block, outflow.change_chunk, outflow.run_diff, outflow.snapshot');
}

/** Bytes on disk, with indexes and TOAST. */
async function sizeOf(...tables: string[]): Promise<number> {
  const sizes = tables.map((table) => `pg_total_relation_size('outflow.${table}')`).join(' + ');
  const { rows } = await it.engine.db.raw<{ rows: { bytes: number }[] }>(`select ${sizes} as bytes`);
  return rows[0]!.bytes;
}

async function runAndFold(contacts: readonly Contact[]): Promise<boolean> {
  const run = await it.open();
  const { sendChunks } = await it.diff(run, contacts);
  for (let seq = 1; seq <= sendChunks; seq++) await it.deliver(await it.load(run, seq));
  const { folded } = await it.fold(run);
  await it.close(run);
  return folded;
}

test('two hundred runs of 1% leave the snapshot at no more than two and a half times what it holds', async () => {
  const contacts = Array.from({ length: everybody }, (_, n): Contact => [
    `contact-${100_000 + n}`,
    nameOf(n, 0),
    'gold',
  ]);
  await runAndFold([contacts[0]!]); // its chunk serves as a block
  expect(await runAndFold(contacts)).toBe(true);
  await it.engine.db.raw('vacuum full outflow.snapshot_block');
  const generation = await sizeOf('snapshot_block');

  let folds = 0;
  for (let version = 1; version <= runs; version++) {
    for (let i = 0; i < changedPerRun; i++) {
      const n = (version * 7_919 + i * 97) % everybody; // scattered over all blocks
      contacts[n]![1] = nameOf(n, version);
    }
    if (await runAndFold(contacts)) folds++;
    await vacuum();
  }
  expect(folds).toBeGreaterThan(runs / 15);
  const left = await sizeOf('snapshot_block', 'change_chunk', 'run_diff', 'snapshot', 'late_send', 'invalid_row_block');
  expect(left / generation).toBeLessThanOrEqual(2.5);
  expect(await it.snapshot()).toEqual(contacts);
});
