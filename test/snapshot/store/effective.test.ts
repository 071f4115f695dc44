import { expect, test } from 'vitest';
import type { Layout } from '../../../src/activation/layout.js';
import { Operation } from '../../../src/snapshot/chunks/chunk.js';
import type { Layer } from '../../../src/snapshot/store/layer.js';
import { readSnapshot } from '../../../src/snapshot/store/effective.js';
import { type Contact, each, linesOf } from '../diff-fixture.js';

const layout: Layout = {
  identifier: 'id',
  columns: [{ attribute: 'name', type: 'text', kind: 'text', rendering: 'text' }],
};

/** Of one chunk: each row's operation and its line. */
function layerOf(rows: [Operation, Contact][], effect: Layer['effect'] = 'lines'): Layer {
  const chunk = {
    rowCount: rows.length,
    flags: Buffer.from(rows.flatMap(([operation]) => [operation, 1])),
    data: linesOf(rows.map(([, contact]) => contact)),
    inDoubt: false,
    owed: null,
    replaced: Buffer.alloc(0),
  };
  return { effect, layout, allOwed: false, chunks: each([chunk]) };
}

async function effective(blocks: Contact[][], layers: Layer[]): Promise<string> {
  const base = { layout, allOwed: false, blocks: each(blocks.map(linesOf)) };
  const pieces: Buffer[] = [];
  for await (const piece of readSnapshot({ base, layers }, layout)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test('new contacts stand between the contacts that were known, wherever the blocks end', async () => {
  const added = layerOf([
    [Operation.new, ['b', 'Bob']],
    [Operation.new, ['c', 'Cleo']],
  ]);
  const late = layerOf([[Operation.new, ['x', 'Xenia']]]);
  const blocks: Contact[][] = [[['a', 'Ann']], [['d', 'Dan']], [['e', 'Eve']]];
  expect(await effective(blocks, [added, late])).toBe('a\tAnn\nb\tBob\nc\tCleo\nd\tDan\ne\tEve\nx\tXenia\n');
});

test('a known contact among those of a chunk, and one of another run, keep their places', async () => {
  const first = layerOf([
    [Operation.new, ['a', 'Ann']],
    [Operation.new, ['f', 'Flo']],
  ]);
  const second = layerOf([
    [Operation.changed, ['b', 'Bob']],
    [Operation.new, ['c', 'Cleo']],
  ]);
  expect(await effective([[['b', 'Ben']], [['g', 'Gus']]], [first, second])).toBe(
    'a\tAnn\nb\tBob\nc\tCleo\nf\tFlo\ng\tGus\n',
  );
});

test('who has gone is not brought back by a line that nobody else has', async () => {
  expect(await effective([], [layerOf([[Operation.gone, ['a']]])])).toBe('');
});

test('a late send does not add a contact of which nothing else is known', async () => {
  expect(await effective([], [layerOf([[Operation.new, ['a', 'Ann']]], 'late')])).toBe('');
});
