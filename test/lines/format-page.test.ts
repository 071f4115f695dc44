import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeField, endOfField, lineEnds, OWED } from '../../src/lines/format.js';
import { hasColumn, maskBytes } from '../../src/lines/column-mask.js';
import { Operation } from '../../src/snapshot/chunks/chunk.js';
import { RowState } from '../../src/snapshot/chunks/owed-rows.js';
import { hashesOf, LineHasher } from '../../src/snapshot/index/line-hash.js';
import { endOfLine, hashOfKey, placesOf, readKeyHash } from '../../src/snapshot/index/places.js';

const page = readFileSync(new URL('../../src/lines/FORMAT.md', import.meta.url), 'utf8');
const columns = ['tier', 'points'];

interface Shown {
  bytes: Buffer;
  meaning: string;
}

/** What a block of the page shows: bytes, and what it says that they mean. */
function shown(kind: string): Shown[] {
  const block = new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\``, 'ms').exec(page)![1]!;
  return block
    .trim()
    .split('\n')
    .map((line) => {
      const [, hex, meaning] = /^((?:[0-9a-f]{2} ?)+?)(?: {2,}(.*))?$/.exec(line)!;
      return { bytes: Buffer.from(hex!.replaceAll(' ', ''), 'hex'), meaning: meaning ?? '' };
    });
}

function nameOf(names: Record<string, number>, byte: number): string {
  return Object.keys(names).find((name) => names[name] === byte)!;
}

/** The columns of a mask, by name. */
function columnsOf(bytes: Buffer, at: number): string {
  expect(bytes).toHaveLength(at + maskBytes(columns.length));
  return columns.filter((_, column) => hasColumn(bytes, at, column)).join(', ');
}

function fieldsOf(line: Buffer): string {
  const fields: string[] = [];
  for (let start = 0; start < line.length;) {
    const end = endOfField(line, start, line.length);
    const isOwed = line.subarray(start, end).equals(OWED);
    fields.push(isOwed ? 'owed' : String(decodeField(line, start, end)).replaceAll('\t', '<tab>'));
    start = end + 1;
  }
  return fields.join(', ');
}

const decoders: Record<string, (bytes: Buffer) => string> = {
  line: fieldsOf,
  mask: (bytes) => columnsOf(bytes, 0) || 'nothing',
  flags: (bytes) => `${nameOf(Operation, bytes[0]!)}, carries ${columnsOf(bytes, 1) || 'nothing'}`,
  owed: (bytes) => [nameOf(RowState, bytes[0]!), columnsOf(bytes, 1)].filter((part) => part !== '').join(': '),
};

test.each(Object.keys(decoders))('the page says what the bytes of each %s mean', (kind) => {
  const examples = shown(kind);
  expect(examples.map(({ bytes }) => decoders[kind]!(bytes))).toEqual(examples.map(({ meaning }) => meaning));
});

test('the page shows the hashes and the places of its lines', () => {
  const [seed] = shown('seed');
  const hasher = new LineHasher(seed!.bytes);
  const [hashes, places] = [shown('hashes'), shown('places')];
  const lines = hashes.map(({ meaning }) => shown('line').find((line) => line.meaning === meaning)!.bytes);
  const block = Buffer.concat(lines);
  const stored = Buffer.concat(places.map(({ bytes }) => bytes));

  expect(Buffer.concat(hashes.map(({ bytes }) => bytes)).toString('hex')).toBe(hashesOf(block, hasher).toString('hex'));
  expect(stored.toString('hex')).toBe(placesOf(block, hasher, lineEnds(block)).toString('hex'));
  expect(places.map(({ meaning }) => meaning)).toEqual(
    lines.map((line, i) => `${fieldsOf(line).split(',')[0]!} ends at ${endOfLine(stored, i)}`),
  );
  expect(lines.map((line) => hashOfKey(line, 0, hasher))).toEqual(lines.map((_, i) => readKeyHash(stored, i)));
});
