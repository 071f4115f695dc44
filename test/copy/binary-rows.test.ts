import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BinaryRows, SIGNATURE, type WireField } from '../../src/copy/binary-rows.js';

function int(bytes: 2 | 4, value: number): Buffer {
  const wire = Buffer.alloc(bytes);
  wire.writeIntBE(value, 0, bytes);
  return wire;
}

/** As PostgreSQL documents the format. */
function binaryCopy(rows: WireField[][]): Buffer {
  const ofField = (field: WireField): Buffer[] => (field === null ? [int(4, -1)] : [int(4, field.length), field]);
  const ofRow = (row: WireField[]): Buffer[] => [int(2, row.length), ...row.flatMap(ofField)];
  return Buffer.concat([SIGNATURE, ...rows.flatMap(ofRow), int(2, -1)]);
}

/** Compared in a hundredth of the time. */
function asText(rows: WireField[][]): (string | undefined)[][] {
  return rows.map((row) => row.map((field) => field?.toString('latin1')));
}

test('rows come out as they went in wherever the bytes are cut, and stay when the bytes are overwritten', () => {
  const field = fc.oneof(
    fc.constant(null),
    fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: 16_000, max: 17_000 }).map((length) => Buffer.alloc(length, 'long ')),
  );
  const rows = fc.array(fc.array(field, { maxLength: 4 }), { maxLength: 6 });
  const cuts = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(rows, cuts, (sent, lengths) => {
      const bytes = binaryCopy(sent);
      const reader = new BinaryRows();
      const read: WireField[][] = [];
      for (let at = 0, cut = 0; at < bytes.length; cut++) {
        const piece = Buffer.from(bytes.subarray(at, at + lengths[cut % lengths.length]!));
        reader.add(piece);
        piece.fill(0xff);
        at += piece.length;
        while (reader.isFull) read.push(reader.take()!);
      }
      expect(asText(read)).toEqual(asText(sent));
      expect(reader.take()).toBeUndefined();
    }),
  );
});

test('memory is asked for once for each long field, and for no other', () => {
  const asked: number[] = [];
  const reader = new BinaryRows((bytes) => {
    asked.push(bytes);
    return Buffer.alloc(bytes);
  });
  reader.add(binaryCopy([[Buffer.alloc(1_000_000), Buffer.alloc(16_383), Buffer.alloc(16_384), null]]));
  expect(asked).toEqual([1_000_000, 16_384]);
});
