import { expect, test } from 'vitest';
import { identifierFieldFault } from '../../../src/destinations/batch-mep/identifiers.js';
import type { DiffFigures } from '../../../src/snapshot/diff/merge.js';
import { Deferrals } from '../../../src/snapshot/diff/deferrals.js';
import { computeUnsortedDiff } from '../../../src/snapshot/index/unsorted-diff.js';
import type { Layer } from '../../../src/snapshot/store/layer.js';
import {
  anyHasher,
  type Contact,
  diffOf as orderedDiffOf,
  each,
  linesOf,
  nameAndTier,
  piecesOf,
  ruleOf,
} from '../diff-fixture.js';
import { hashedLines } from '../hashed-lines.js';
import { layoutOf } from '../lab.js';

async function diffOf(
  segment: readonly Contact[],
  snapshot: readonly Contact[],
  {
    maxUnmatchedBytes = 1 << 20,
    known = snapshot,
    damaged = (lines) => lines,
    layers = () => [],
  }: {
    maxUnmatchedBytes?: number;
    known?: readonly Contact[];
    damaged?: (lines: Buffer) => Buffer;
    layers?: () => Layer[];
  } = {},
): Promise<{ figures: DiffFigures | undefined; stored: number; linesRead: string[] }> {
  const linesEach = (contacts: readonly Contact[]): Buffer[] => contacts.map((contact) => linesOf([contact]));
  const hashed = hashedLines(linesEach(snapshot), anyHasher, linesEach(known));
  let stored = 0;
  const linesRead: string[] = [];
  const count = (): Promise<void> => {
    stored++;
    return Promise.resolve();
  };
  const figures = await computeUnsortedDiff(
    {
      segment: piecesOf(linesOf(segment)),
      rowsRead: () => segment.length,
      snapshot: {
        ...hashed,
        layout: layoutOf(nameAndTier),
        maxLines: hashed.maxLines + layers().length, // of a row each
        layers,
        async *blockLines(wanted) {
          for await (const lines of hashed.blockLines(wanted)) {
            linesRead.push(...lines.toString().split('\n').slice(0, -1));
            yield damaged(lines);
          }
        },
      },
      rules: nameAndTier.map(ruleOf),
      hasher: anyHasher,
      deferrals: new Deferrals(new Map()),
      identifierFault: identifierFieldFault,
      standingInvalidValues: nameAndTier.map(() => 0),
      limits: { maxRows: 10_000, maxBytes: 1 << 20 },
      maxUnmatchedBytes,
    },
    { chunk: count, invalidRows: count },
  );
  return { figures, stored, linesRead };
}

const contacts = Array.from({ length: 500 }, (_, i): Contact => [`key-${1000 + i}`, `name ${i}`, 'gold']);

test('an unchanged segment, in whatever order it comes, is known to be unchanged without reading the snapshot', async () => {
  const { figures, stored, linesRead } = await diffOf([...contacts].reverse(), contacts);
  expect(figures).toMatchObject({ read: 500, unchanged: 500, known: 500, new: 0, changed: 0, gone: 0 });
  expect([stored, linesRead]).toEqual([0, []]);
});

test('of the snapshot only the contacts are read that differ, are gone, or share their identifier with a row that differs', async () => {
  const segment: Contact[] = [
    ['key-1001', 'another name', 'gold'],
    ['key-1002', 'another name', 'gold'],
    ...contacts.slice(2, -1),
    ['key-2000', 'new', 'gold'],
  ];
  const { figures, linesRead } = await diffOf(segment, contacts);
  expect(figures).toMatchObject({ new: 1, changed: 1, gone: 2, invalidRows: { duplicate_identifier: 2 } });
  expect(linesRead.map((line) => line.split('\t')[0])).toEqual(['key-1000', 'key-1001', 'key-1002', 'key-1499']);
});

test('a contact of which one row is as it was and another is not is a duplicate', async () => {
  const { figures } = await diffOf([['key-1001', 'other', null], ...contacts], contacts);
  expect(figures).toMatchObject({
    read: 501,
    unchanged: 499,
    invalidRows: { duplicate_identifier: 2 },
    new: 0,
    changed: 0,
    gone: 0,
    known: 500,
  });
});

/** What a run stores that finds `after` where it knew `before`. */
async function layerOf(before: readonly Contact[], after: readonly Contact[]): Promise<() => Layer> {
  const { chunks } = await orderedDiffOf({ snapshot: before, segment: after });
  return () => ({
    effect: 'lines',
    layout: layoutOf(nameAndTier),
    allOwed: false,
    chunks: each(chunks.map((chunk) => ({ ...chunk, owed: null, inDoubt: false }))),
  });
}

const named = (name: string): Contact => ['key-1001', name, 'gold'];

test('a contact that a run before has changed is compared with what it was after that', async () => {
  const layer = await layerOf(contacts, contacts.with(1, named('second name')));
  const layers = (): Layer[] => [layer()];
  const figuresOf = async (...rows: Contact[]) =>
    (await diffOf(contacts.toSpliced(1, 1, ...rows), contacts, { layers })).figures;
  expect(await figuresOf(named('second name'))).toMatchObject({ unchanged: 500, known: 500 });
  expect(await figuresOf(named('third name'))).toMatchObject({ unchanged: 499, changed: 1, known: 500 });
  expect(await figuresOf(contacts[1]!)).toMatchObject({ unchanged: 499, changed: 1, known: 500 });
  expect(await figuresOf(named('second name'), named('third name'))).toMatchObject({
    unchanged: 499,
    invalidRows: { duplicate_identifier: 2 },
    known: 500,
  });
});

test('what a contact was before several runs is not taken for a second row of it', async () => {
  const second = contacts.with(1, named('second name'));
  const third = contacts.with(1, named('third name'));
  const made = [await layerOf(contacts, second), await layerOf(second, third)];
  const { figures } = await diffOf(contacts.with(1, named('fourth name')), contacts, {
    layers: () => made.map((layer) => layer()),
  });
  expect(figures).toMatchObject({ unchanged: 499, changed: 1, known: 500, invalidRows: {} });
});

test('where more differs than there is room for, nothing is stored and another way is to be taken', async () => {
  const changed = contacts.map(([key]): Contact => [key!, 'another name', 'gold']);
  expect(await diffOf(changed, contacts, { maxUnmatchedBytes: 1_000 })).toMatchObject({
    figures: undefined,
    stored: 0,
    linesRead: [],
  });
  expect(await diffOf([], contacts, { maxUnmatchedBytes: 1_000 })).toMatchObject({
    figures: undefined,
    stored: 0,
    linesRead: [],
  });
});

test('where the hashes tell of lines that the snapshot has not, nothing is stored and another way is to be taken', async () => {
  const known = [...contacts.slice(1), ['key-1000', 'an older name', 'gold']];
  expect(await diffOf(contacts, contacts, { known })).toMatchObject({ figures: undefined, stored: 0 });
});

test('where blocks have other lines than they say, nothing is stored and another way is to be taken', async () => {
  const changed = contacts.with(7, ['key-1007', 'another name', 'gold']);
  const damaged = (lines: Buffer): Buffer => Buffer.from(lines.toString().replace('name 7', 'name 8'));
  expect(await diffOf(changed, contacts)).toMatchObject({ figures: { changed: 1 } });
  expect(await diffOf(changed, contacts, { damaged })).toMatchObject({ figures: undefined, stored: 0 });
});
