import { afterEach, beforeEach, expect, test } from 'vitest';
import { wantedLines } from '../../../src/snapshot/store/block-lines.js';
import type { HashedSnapshot } from '../../../src/snapshot/index/known-lines.js';
import { HASH_BYTES, hashesOf, type LineHash, writeHash } from '../../../src/snapshot/index/line-hash.js';
import { openSnapshot } from '../../../src/snapshot/store/snapshot.js';
import { type Contact, linesOf, nameAndTier } from '../diff-fixture.js';
import { lab, type Lab, layoutOf } from '../lab.js';

const contacts = Array.from({ length: 9_000 }, (_, i): Contact => [`key-${10_000 + i}`, `Zoë ${i}`, 'gold']);

let it: Lab;
beforeEach(async () => {
  it = await lab();
});
afterEach(() => it.drop());

/** Runs `use` on the snapshot of all contacts. */
async function withSnapshot<T>(use: (snapshot: HashedSnapshot) => Promise<T>): Promise<T> {
  await it.run([contacts[0]!]);
  const run = await it.open();
  await it.diff(run, contacts);
  await it.deliver(await it.load(run));
  await it.fold(run);
  const view = await openSnapshot(it.engine, run, 'this run too');
  try {
    return await use(view.hashed(layoutOf(nameAndTier), contacts.length));
  } finally {
    view.close();
  }
}

/** Reads the lines of these contacts out of the blocks. */
function readWanted(wanted: readonly Contact[]): Promise<string> {
  return withSnapshot(async (snapshot) => {
    const hashes = new Set(wanted.map((contact) => hashesOf(linesOf([contact]), snapshot.hasher).toString('hex')));
    const stored = Buffer.alloc(HASH_BYTES);
    const isWanted = (hash: LineHash): boolean => {
      writeHash(hash, stored, 0);
      return hashes.has(stored.toString('hex'));
    };
    const found = await wantedLines(snapshot.blocks(), isWanted, 1 << 20);
    const pieces: Buffer[] = [];
    for await (const piece of snapshot.blockLines(found!)) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  });
}

async function compressionOfBlocks(): Promise<(string | null)[]> {
  const { rows } = await it.engine.db.raw<{ rows: { compression: string | null }[] }>(
    'select distinct pg_column_compression(data) as compression from outflow.snapshot_block',
  );
  return rows.map(({ compression }) => compression);
}

/** Alone and side by side, at the ends of blocks and within them. */
const some = contacts.filter((_, i) => i % 97 === 0 || [1, 3_998, 3_999, 4_001, 7_999, 8_999].includes(i));

test('single contacts are read out of blocks that are stored raw', async () => {
  await it.engine.db.raw('alter table outflow.snapshot_block alter column data set storage external');
  expect(await readWanted(some)).toBe(linesOf(some).toString());
  expect(await compressionOfBlocks()).toEqual([null]);
});

test('single contacts are read out of compressed blocks', async () => {
  await it.engine.db.raw(
    'alter table outflow.snapshot_block alter column data set storage extended, alter column data set compression pglz',
  );
  expect(await readWanted(some)).toBe(linesOf(some).toString());
  expect(await compressionOfBlocks()).toEqual(['pglz']);
});

test('no more contacts are looked for than there is room for', async () => {
  const found = await withSnapshot((snapshot) => wantedLines(snapshot.blocks(), () => true, 100_000));
  expect(found).toBeUndefined();
});
