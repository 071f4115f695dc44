import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { HASH_BYTES } from '../../../src/snapshot/index/line-hash.js';
import { inSlotOrder } from '../../../src/snapshot/index/slot-order.js';
import { each } from '../diff-fixture.js';

const BLOCK_BYTES = 4000 * HASH_BYTES;

test('all hashes of a snapshot come out as they went in, in groups that go through a set from its start to its end', async () => {
  const blocks = [...Array.from({ length: 150 }, () => randomBytes(BLOCK_BYTES)), randomBytes(HASH_BYTES)];
  const groups: Buffer[] = [];
  for await (const group of inSlotOrder(each(blocks), 1_000_000)) groups.push(Buffer.from(group));

  expect(groups.map(({ length }) => length)).toEqual([4 << 20, 150 * BLOCK_BYTES + HASH_BYTES - (4 << 20)]);
  expect(hashesIn(Buffer.concat(groups)).sort()).toEqual(hashesIn(Buffer.concat(blocks)).sort());
  for (const group of groups) {
    const parts = Array.from({ length: group.length / HASH_BYTES }, (_, i) => group[HASH_BYTES * i + 3]!);
    expect(parts).toEqual(parts.toSorted((a, b) => a - b));
  }
});

test('more hashes than a snapshot is said to have are not lost', async () => {
  const hashes = randomBytes(3 * HASH_BYTES);
  const groups: Buffer[] = [];
  for await (const group of inSlotOrder(each([hashes]), 0)) groups.push(Buffer.from(group));
  expect(hashesIn(Buffer.concat(groups))).toEqual(hashesIn(hashes));
});

test('a snapshot without blocks has no hashes', async () => {
  for await (const group of inSlotOrder(each<Buffer>([]), 0)) expect.fail(`a group of ${group.length} bytes`);
});

function hashesIn(hashes: Buffer): string[] {
  return Array.from({ length: hashes.length / HASH_BYTES }, (_, i) =>
    hashes.toString('hex', HASH_BYTES * i, HASH_BYTES * (i + 1)),
  );
}
