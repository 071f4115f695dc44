import { expect, test } from 'vitest';
import { type Contact, describeChanges, diffOf, nameAndTier } from '../diff-fixture.js';

const contacts = (count: number, name = 'Ann'): Contact[] =>
  Array.from({ length: count }, (_, i) => [`key-${100 + i}`, name, 'gold']);

test('a chunk holds no more contacts than its limit, and the chunks are numbered from 1 in key order', async () => {
  const { chunks, figures } = await diffOf({ segment: contacts(7), limits: { maxRows: 3 } });
  expect(chunks.map(({ kind, seq, rowCount }) => [kind, seq, rowCount])).toEqual([
    ['send', 1, 3],
    ['send', 2, 3],
    ['send', 3, 1],
  ]);
  expect(chunks.map(({ lastKey }) => lastKey.toString())).toEqual(['key-102', 'key-105', 'key-106']);
  expect(figures.sendChunks).toBe(3);
});

test('a number of contacts that fills its chunks makes no empty one', async () => {
  const { chunks } = await diffOf({ segment: contacts(6), limits: { maxRows: 3 } });
  expect(chunks.map(({ rowCount }) => rowCount)).toEqual([3, 3]);
});

test('a chunk holds no more bytes than its limit', async () => {
  const { chunks } = await diffOf({ segment: contacts(10, 'x'.repeat(50)), limits: { maxBytes: 200 } });
  expect(chunks.map(({ rowCount }) => rowCount)).toEqual([3, 3, 3, 1]);
  for (const { data } of chunks) expect(data.length).toBeLessThanOrEqual(200);
});

test('a contact that is larger than the limit is a chunk of its own', async () => {
  const segment = contacts(3).with(1, ['key-101', 'x'.repeat(60), 'y'.repeat(60)]);
  const { chunks } = await diffOf({ segment, limits: { maxBytes: 60 } });
  expect(chunks.map(({ rowCount }) => rowCount)).toEqual([1, 1, 1]);
});

test('contacts that are gone make chunks of their own, within the same limits', async () => {
  const { chunks, figures } = await diffOf({
    segment: [['key-102', 'Anna', 'gold']],
    snapshot: contacts(6),
    limits: { maxRows: 2 },
  });
  expect(chunks.filter(({ kind }) => kind === 'send').map((chunk) => describeChanges(chunk, nameAndTier))).toEqual([
    ['changed key-102: name'],
  ]);
  const settled = chunks.filter(({ kind }) => kind === 'settle');
  expect(settled.map(({ seq, rowCount }) => [seq, rowCount])).toEqual([
    [1, 2],
    [2, 2],
    [3, 1],
  ]);
  expect(figures).toMatchObject({ sendChunks: 1, settleChunks: 3 });
});

test('the last key of a chunk is the key itself, not its escaped text', async () => {
  const { chunks } = await diffOf({ segment: [['a\tb\\', 'Ann', 'gold']] });
  expect(chunks[0]!.lastKey.toString()).toBe('a\tb\\');
  expect(chunks[0]!.data.toString()).toBe('a\\tb\\\\\tAnn\tgold\n');
});

test('chunks do not share memory with the pieces that were read', async () => {
  const segment = contacts(4);
  const { chunks } = await diffOf({ segment, limits: { maxRows: 2 } });
  const [first, second] = chunks;
  const kept = Buffer.from(second!.data);
  first!.data.fill(0);
  expect(second!.data).toEqual(kept);
});
