import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ReadAhead } from '../../src/snapshot/read-ahead.js';

/** Pieces of ten bytes; counts those that were asked for, and notes its end. */
function stream(pieces: number, failure?: Error) {
  const seen = { asked: 0, closed: false };
  async function* read(): AsyncGenerator<Buffer> {
    try {
      for (; seen.asked < pieces;) {
        await turn();
        seen.asked++;
        yield Buffer.alloc(10, seen.asked);
      }
      if (failure) throw failure;
    } finally {
      seen.closed = true;
    }
  }
  return { seen, pieces: read() };
}

async function collected(pieces: AsyncIterable<Buffer>): Promise<number[]> {
  const found: number[] = [];
  for await (const piece of pieces) found.push(piece[0]!);
  return found;
}

test('pieces are read before they are asked for, as far as there is room, and come in their order', async () => {
  const { seen, pieces } = stream(8);
  const ahead = new ReadAhead(pieces, 30);
  await expect.poll(() => seen.asked).toBe(3);
  for (let i = 0; i < 20; i++) await turn();
  expect(seen.asked).toBe(3);
  expect(await collected(ahead)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(seen.closed).toBe(true);
});

test('a failure is met after the pieces before it', async () => {
  const ahead = new ReadAhead(stream(2, new Error('the source went away')).pieces, 100);
  const found: number[] = [];
  const reading = (async () => {
    for await (const piece of ahead) found.push(piece[0]!);
  })();
  await expect(reading).rejects.toThrow('the source went away');
  expect(found).toEqual([1, 2]);
});

test('closing it ends the stream, read or not', async () => {
  const untouched = stream(100);
  new ReadAhead(untouched.pieces, 30).close();
  await expect.poll(() => untouched.seen.closed).toBe(true);
  const begun = stream(100);
  for await (const piece of new ReadAhead(begun.pieces, 30)) if (piece[0] === 2) break;
  await expect.poll(() => begun.seen.closed).toBe(true);
  expect(begun.seen.asked).toBeLessThan(10);
});
