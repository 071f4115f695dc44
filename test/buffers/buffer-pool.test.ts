import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BufferPool, type PooledBuffer } from '../../src/buffers/buffer-pool.js';

const pool = new BufferPool(12);

test('memory is long enough, and nobody else’s until it is given back', () => {
  const step = fc.record({ takes: fc.boolean(), bytes: fc.integer({ min: 0, max: 300_000 }), which: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const held: { memory: PooledBuffer; mark: number }[] = [];
      steps.forEach(({ takes, bytes, which }, mark) => {
        if (takes) {
          const memory = pool.take(bytes);
          expect(memory.bytes.length).toBeGreaterThanOrEqual(bytes);
          memory.bytes.fill(mark);
          held.push({ memory, mark });
        } else if (held.length > 0) {
          held.splice(which % held.length, 1)[0]!.memory.release();
        }
        for (const one of held) expect(one.memory.bytes.every((byte) => byte === one.mark)).toBe(true);
      });
    }),
    { numRuns: 30 },
  );
});

test('chunk after chunk is given the same memory', () => {
  const used = new Set<ArrayBufferLike>();
  for (let i = 0; i < 100; i++) {
    const chunks = [pool.take(1_500_000 + i), pool.take(1_500_100 - i)];
    for (const { bytes } of chunks) used.add(bytes.buffer);
    for (const chunk of chunks) chunk.release();
  }
  expect(used.size).toBeLessThanOrEqual(2);
});

test('memory that was given back reads as no text does in tests, and cannot be given back twice', () => {
  const memory = pool.take(100);
  memory.bytes.fill('a');
  memory.release();
  expect(memory.bytes.every((byte) => byte === 0xff)).toBe(true);
  expect(() => memory.release()).toThrow('A buffer was given back twice');
});
