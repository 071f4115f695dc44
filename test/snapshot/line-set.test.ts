import { expect, test } from 'vitest';
import { LineSet, lineSetBytes } from '../../src/snapshot/line-set.js';

function lines(...texts: string[]): { buffer: Buffer; view: DataView; bounds: [number, number][] } {
  const buffer = Buffer.from(texts.join(''));
  const bounds: [number, number][] = [];
  let start = 0;
  for (const text of texts) {
    const end = start + Buffer.byteLength(text);
    bounds.push([start, end]);
    start = end;
  }
  return { buffer, view: new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength), bounds };
}

function setOf(...texts: string[]): LineSet {
  const set = new LineSet(texts.length);
  const { buffer, view, bounds } = lines(...texts);
  for (const [start, end] of bounds) set.add(buffer, view, start, end);
  return set;
}

function take(set: LineSet, text: string): boolean {
  const { buffer, view } = lines(text);
  return set.take(buffer, view, 0, buffer.length);
}

test('a line is taken as often as it was added', () => {
  const set = setOf('zoe\tA\n', 'zoe\tA\n', 'ann\tB\n');
  expect([take(set, 'zoe\tA\n'), take(set, 'zoe\tA\n'), take(set, 'zoe\tA\n')]).toEqual([true, true, false]);
  expect(set.left).toBe(1);
});

test('a line is the same wherever it stands, and another one however little it differs', () => {
  const set = setOf('a long first line\n', 'zoe\tA\n');
  expect(take(set, 'zoe\tB\n')).toBe(false);
  expect(take(set, 'zoe\tA\t\n')).toBe(false);
  expect(take(set, '')).toBe(false);
  expect(take(set, 'zoe\tA\n')).toBe(true);
});

test('among a million lines that differ in a digit or two, none is taken for another', () => {
  const count = 1_000_000;
  const set = new LineSet(count);
  const each = (suffix: string, use: (buffer: Buffer, view: DataView, start: number, end: number) => void): void => {
    for (let from = 0; from < count; from += 10_000) {
      const texts = Array.from({ length: 10_000 }, (_, i) => `${from + i}${suffix}\n`);
      const { buffer, view, bounds } = lines(...texts);
      for (const [start, end] of bounds) use(buffer, view, start, end);
    }
  };
  each('\tgold\t1', (...line) => set.add(...line));
  let taken = 0;
  each('\tgold\t2', (...line) => (taken += Number(set.take(...line))));
  each('\tgole\t1', (...line) => (taken += Number(set.take(...line))));
  expect(taken).toBe(0);
  each('\tgold\t1', (...line) => (taken += Number(set.take(...line))));
  expect([taken, set.left]).toEqual([count, 0]);
});

test('a set takes about ten bytes a line', () => {
  expect(lineSetBytes(5_000_000)).toBeLessThan(64 << 20);
});

test('more lines than a set was made for are refused', () => {
  expect(() => setOf('a\n').add(Buffer.from('b\n'), new DataView(new ArrayBuffer(2)), 0, 2)).toThrow('more than the 1');
});
