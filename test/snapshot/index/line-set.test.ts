import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { HASH_BYTES, LineHasher, hashesOf, writeHash } from '../../../src/snapshot/index/line-hash.js';
import { LineSet, lineSetBytes } from '../../../src/snapshot/index/line-set.js';

const hasher = new LineHasher(randomBytes(32));

function hashOf(line: string, by = hasher): { low: number; high: number } {
  const hash = { low: 0, high: 0 };
  by.hash(Buffer.from(line), 0, Buffer.byteLength(line), hash);
  return hash;
}

function setOf(...lines: string[]): LineSet {
  const set = new LineSet(lines.length, hasher);
  for (const line of lines) set.add(hashOf(line));
  return set;
}

function take(set: LineSet, line: string): boolean {
  return set.takeAll(Buffer.from(line), () => false);
}

/** Those of the lines that were not there. */
function differing(set: LineSet, lines: string): string[] {
  const found: string[] = [];
  set.takeAll(Buffer.from(lines), (start, end) => found.push(lines.slice(start, end)) > 0);
  return found;
}

test('a line is taken as often as it was added', () => {
  const set = setOf('zoe\tA\n', 'zoe\tA\n', 'ann\tB\n');
  expect([take(set, 'zoe\tA\n'), take(set, 'zoe\tA\n'), take(set, 'zoe\tA\n')]).toEqual([true, true, false]);
  expect(set.remaining).toBe(1);
});

test('a line is the same wherever it stands, and another one however little it differs', () => {
  const set = setOf('a long first line\n', 'zoe\tA\n');
  expect(take(set, 'zoe\tB\n')).toBe(false);
  expect(take(set, 'zoe\tA\t\n')).toBe(false);
  expect(take(set, '\n')).toBe(false);
  expect(differing(set, 'ann\tA\nzoe\tA\nmax\tA\n')).toEqual(['ann\tA\n', 'max\tA\n']);
});

test('a line that was removed is there no more, and can be added again', () => {
  const set = new LineSet(3, hasher);
  set.add(hashOf('zoe\tA\n'));
  expect([set.remove(hashOf('zoe\tA\n')), set.remove(hashOf('zoe\tA\n'))]).toEqual([true, false]);
  expect(take(set, 'zoe\tA\n')).toBe(false);
  set.add(hashOf('zoe\tA\n'));
  expect(set.remaining).toBe(1);
  expect([take(set, 'zoe\tA\n'), take(set, 'zoe\tA\n')]).toEqual([true, false]);
});

test('what has become of a line is told: left, taken, or never there', () => {
  const set = setOf('zoe\tA\n', 'ann\tB\n', 'max\tC\n');
  take(set, 'zoe\tA\n');
  set.remove(hashOf('max\tC\n'));
  const lines = ['zoe\tA\n', 'ann\tB\n', 'max\tC\n', 'eve\tD\n'];
  expect(lines.map((line) => set.has(hashOf(line)))).toEqual([false, true, false, false]);
  expect(lines.map((line) => set.wasTaken(hashOf(line)))).toEqual([true, false, false, false]);
  const remaining = set.remainingLines();
  expect(lines.map((line) => remaining.has(hashOf(line)))).toEqual([false, true, false, false]);
  expect(remaining.remaining).toBe(1);
});

test('among a million lines that differ in a digit or two, none is taken for another', () => {
  const count = 1_000_000;
  const set = new LineSet(count, hasher);
  const eachPiece = function* (suffix: string): Generator<Buffer> {
    for (let from = 0; from < count; from += 10_000) {
      yield Buffer.from(Array.from({ length: 10_000 }, (_, i) => `${from + i}${suffix}\n`).join(''));
    }
  };
  for (const lines of eachPiece('\tgold\t1')) set.addAll(hashesOf(lines, hasher));
  const countMissing = (suffix: string): number => {
    let missing = 0;
    for (const lines of eachPiece(suffix)) set.takeAll(lines, () => ++missing > 0);
    return missing;
  };
  expect([countMissing('\tgold\t2'), countMissing('\tgole\t1')]).toEqual([count, count]);
  expect([countMissing('\tgold\t1'), set.remaining]).toEqual([0, 0]);
  expect(countMissing('\tgold\t1')).toBe(count);
});

test('lines are looked at until one that differs is too many', () => {
  const set = setOf('zoe\tA\n', 'ann\tB\n');
  let differing = 0;
  expect(set.takeAll(Buffer.from('max\tA\neve\tA\nzoe\tA\n'), () => ++differing < 2)).toBe(false);
  expect([differing, set.remaining]).toEqual([2, 2]);
});

test('hashes that were stored are those of the same seed, and of no other', () => {
  const seed = randomBytes(32);
  const stored = Buffer.alloc(2 * HASH_BYTES);
  writeHash(hashOf('zoe\tA\n', new LineHasher(seed)), stored, 0);
  writeHash(hashOf('ann\tB\n', new LineHasher(seed)), stored, HASH_BYTES);
  const same = new LineSet(2, new LineHasher(seed));
  same.addAll(stored);
  expect([take(same, 'ann\tB\n'), take(same, 'zoe\tA\n')]).toEqual([true, true]);
  const other = new LineSet(2, hasher);
  other.addAll(stored);
  expect([take(other, 'ann\tB\n'), take(other, 'zoe\tA\n')]).toEqual([false, false]);
});

test('a set takes about ten bytes a line', () => {
  expect(lineSetBytes(5_000_000)).toBeLessThan(64 << 20);
});

test('more lines than a set was made for are refused', () => {
  expect(() => setOf('a\n').add(hashOf('b\n'))).toThrow('more than the 1');
});
