import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Windows } from '../../src/copy/windows.js';

const windowBytes = 1 << 18;

/** Lines of these lengths as pieces of these lengths, both over and over. */
function piecesOf(lineLengths: readonly number[], pieceLengths: readonly number[], bytes: number): Buffer[] {
  const text = Buffer.alloc(bytes, 'x');
  for (let at = -1, i = 0; at < bytes; i++) {
    at += lineLengths[i % lineLengths.length]!;
    if (at < bytes) text.write(`${i}`.slice(-1) + '\n', Math.max(0, at - 1));
  }
  text[bytes - 1] = 10;
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes; i++) {
    const end = at + pieceLengths[i % pieceLengths.length]!;
    pieces.push(text.subarray(at, end));
    at = end;
  }
  return pieces;
}

test('text comes out as it went in, in whole lines wherever they fit, whoever is faster', () => {
  const lineLengths = fc.array(fc.oneof(fc.integer({ min: 2, max: 2_000 }), fc.integer({ min: 2, max: 900_000 })), {
    minLength: 1,
    maxLength: 5,
  });
  const pieceLengths = fc.array(
    fc.integer({ min: 1, max: 1 << 16 }).map((bytes) => bytes + 100),
    {
      minLength: 1,
      maxLength: 5,
    },
  );
  const turns = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });
  const ahead = fc.constantFrom(0, 0, 3 * windowBytes, 4 * windowBytes);
  fc.assert(
    fc.property(lineLengths, pieceLengths, turns, ahead, (lines, lengths, readerTurns, aheadBytes) => {
      const windows = new Windows(aheadBytes);
      const pieces = piecesOf(lines, lengths, 2_000_000);
      const read: Buffer[] = [];
      const isShort = Math.max(...lines) < 100_000;
      const take = (atEnd: boolean): boolean => {
        const text = windows.take(atEnd);
        if (text === undefined) return false;
        if (isShort && text.length > 150_000) expect(text.at(-1)).toBe(10);
        read.push(Buffer.from(text));
        return true;
      };
      pieces.forEach((piece, i) => {
        while (windows.isFull) take(false);
        windows.add(piece);
        if (readerTurns[i % readerTurns.length]) take(false);
      });
      while (take(true));
      expect(Buffer.concat(read).equals(Buffer.concat(pieces))).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('a text is valid until the next one is taken, while others are added', () => {
  const windows = new Windows(0);
  windows.add(Buffer.from('first\n'));
  const text = windows.take(false)!;
  windows.add(Buffer.alloc(100_000, 'y\n'));
  windows.add(Buffer.alloc(100_000, 'z\n'));
  expect(text.toString()).toBe('first\n');
});

test('no memory is taken for more windows than may wait', () => {
  const windows = new Windows(3 * windowBytes);
  const line = Buffer.from(`${'x'.repeat(9_999)}\n`);
  const memory = new Set<ArrayBufferLike>();
  for (let i = 0; i < 5_000; i++) {
    while (windows.isFull) memory.add(windows.take(false)!.buffer);
    windows.add(line);
  }
  expect(memory.size).toBeLessThanOrEqual(4);
});
