import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Layout } from '../../src/activation/layout.js';
import { attributeRule } from '../../src/destinations/batch-mep/attribute-rule.js';
import { identifierFieldFault } from '../../src/destinations/batch-mep/identifiers.js';
import { Operation } from '../../src/snapshot/chunks/chunk.js';
import { computeDiff } from '../../src/snapshot/diff/merge.js';
import { Deferrals } from '../../src/snapshot/diff/deferrals.js';
import type { LayerChunk } from '../../src/snapshot/store/layer.js';
import { keyOf } from '../../src/lines/keys.js';
import { readSnapshot } from '../../src/snapshot/store/effective.js';
import { SendChunkRows } from '../../src/snapshot/chunks/rows.js';
import { anyHasher } from './diff-fixture.js';
import { columnOf } from '../sources/postgres/column.js';

const mapping = {
  attribute: 'name',
  field: 'name',
  onTooLong: 'leave-out',
  onNotFinite: 'leave-out',
  onNull: 'clear',
} as const;
const rules = [attributeRule(mapping, columnOf('text'))];
const layout: Layout = {
  identifier: 'id',
  columns: [{ attribute: 'name', type: 'text', kind: 'text', rendering: rules[0]!.rendering }],
};

/** Contacts by key, so many that windows, steps and blocks of every size are met. */
type Contacts = Map<string, string>;

const scenario = fc.record({
  contacts: fc.integer({ min: 1, max: 4000 }),
  /** One row in so many changes between the blocks and the layer, and between the layer and the segment. */
  oneIn: fc.tuple(fc.constantFrom(1, 2, 30, 1000), fc.constantFrom(1, 2, 30, 1000)),
  pieceBytes: fc.tuple(fc.integer({ min: 50, max: 90_000 }), fc.integer({ min: 50, max: 90_000 })),
  seed: fc.nat(),
});

test('a segment of thousands of contacts is compared as row by row, whatever its pieces are', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ contacts, oneIn, pieceBytes, seed }) => {
      const random = generator(seed);
      const blocks: Contacts = new Map();
      for (let i = 0; i < contacts; i++) blocks.set(`${Math.floor(random() * 1e6)}@${i}`, `name ${random()}`);
      const layered = edited(blocks, oneIn[0], random);
      const segment = edited(layered, oneIn[1], random);

      const found = { new: new Map<string, string>(), changed: new Map<string, string>(), gone: new Set<string>() };
      const figures = await computeDiff(
        {
          segment: pieces(linesOf(segment), pieceBytes[0]),
          snapshot: readSnapshot(
            {
              base: { layout, allOwed: false, blocks: pieces(linesOf(blocks), pieceBytes[1]) },
              layers: [{ effect: 'lines', layout, allOwed: false, chunks: chunksBetween(blocks, layered) }],
            },
            layout,
          ),
          rules,
          hasher: anyHasher,
          rowsRead: () => segment.size,
          deferrals: new Deferrals(new Map()),
          identifierFault: identifierFieldFault,
          standingInvalidValues: [0],
          limits: { maxRows: 700, maxBytes: 1 << 20 },
        },
        {
          chunk: (chunk) => {
            const rows = new SendChunkRows(chunk, 1);
            for (let row = 0; row < rows.count; row++) {
              const key = rows.key(row).toString();
              if (chunk.kind === 'settle') found.gone.add(key);
              else found[rows.isNew(row) ? 'new' : 'changed'].set(key, rows.line(row).toString().split('\t')[1]!);
            }
            return Promise.resolve();
          },
          invalidRows: () => Promise.resolve(),
        },
      );

      const expected = { new: new Map<string, string>(), changed: new Map<string, string>(), gone: new Set<string>() };
      for (const [key, name] of segment) {
        if (!layered.has(key)) expected.new.set(key, name);
        else if (layered.get(key) !== name) expected.changed.set(key, name);
      }
      for (const key of layered.keys()) if (!segment.has(key)) expected.gone.add(key);
      expect(found).toEqual(expected);
      expect(figures).toMatchObject({
        read: segment.size,
        unchanged: segment.size - found.new.size - found.changed.size,
        new: found.new.size,
        changed: found.changed.size,
        gone: found.gone.size,
        known: layered.size,
        differing: found.changed.size,
      });
    }),
    { numRuns: 60 },
  );
});

function edited(contacts: Contacts, oneIn: number, random: () => number): Contacts {
  const next: Contacts = new Map();
  for (const [key, name] of contacts) {
    const what = random() * oneIn < 1 ? random() : 1;
    if (what < 0.3) continue;
    next.set(key, what < 1 ? `name ${random()}` : name);
    if (what < 0.5) next.set(`${key}+`, 'new');
  }
  return next;
}

function linesOf(contacts: Contacts): Buffer {
  const keys = [...contacts.keys()].sort((a, b) => Buffer.from(a).compare(Buffer.from(b)));
  return Buffer.from(keys.map((key) => `${key}\t${contacts.get(key)!}\n`).join(''));
}

/** What a run would have acknowledged between the two: chunks in key order. */
async function* chunksBetween(before: Contacts, after: Contacts): AsyncGenerator<LayerChunk> {
  await Promise.resolve();
  const rows = new Map<string, { operation: number; line: string }>();
  for (const [key, name] of after) {
    if (before.get(key) === name) continue;
    rows.set(key, { operation: before.has(key) ? Operation.changed : Operation.new, line: `${key}\t${name}\n` });
  }
  for (const key of before.keys()) if (!after.has(key)) rows.set(key, { operation: Operation.gone, line: `${key}\n` });
  const sorted = [...rows.values()].sort((a, b) =>
    keyOf(Buffer.from(a.line), 0).compare(keyOf(Buffer.from(b.line), 0)),
  );
  for (let at = 0; at < sorted.length; at += 300) {
    const some = sorted.slice(at, at + 300);
    yield {
      rowCount: some.length,
      flags: Buffer.from(some.flatMap(({ operation }) => [operation, operation === Operation.gone ? 0 : 1])),
      data: Buffer.from(some.map(({ line }) => line).join('')),
      owed: null,
      replaced: Buffer.alloc(0),
      inDoubt: false,
    };
  }
}

async function* pieces(buffer: Buffer, bytes: number): AsyncGenerator<Buffer> {
  await Promise.resolve();
  for (let at = 0; at < buffer.length; at += bytes) yield buffer.subarray(at, at + bytes);
}

/** Mulberry32: small, and the same on every machine. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
