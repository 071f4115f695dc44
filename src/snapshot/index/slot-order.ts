import { HASH_BYTES } from './line-hash.js';

/** Of hashes that are put in order together, bytes. */
const GROUP_BYTES = 4 << 20;
/** The parts of a set that are filled one after the other: of a set of ten million lines, one fits into a processor's cache. */
const PARTS = 256;

/**
 * Stored hashes, in groups that go through a `LineSet` from its first slot to its last, more or less. In the order of the
 * lines each would be at another end of the set, outside of the processor's cache (measured: a million are added in 60 ms
 * instead of 140). A group is valid until the next is asked for. `maxHashes`: of all.
 */
export async function* inSlotOrder(stored: AsyncIterable<Buffer>, maxHashes: number): AsyncGenerator<Buffer> {
  const capacity = Math.min(GROUP_BYTES, HASH_BYTES * Math.max(maxHashes, 1));
  const gathered = Buffer.allocUnsafe(capacity);
  const sorted = Buffer.allocUnsafe(capacity);
  let bytes = 0;
  for await (const hashes of stored) {
    for (let at = 0; at < hashes.length;) {
      const copied = hashes.copy(gathered, bytes, at);
      at += copied;
      bytes += copied;
      if (bytes < capacity) continue;
      yield sortInto(sorted, gathered);
      bytes = 0;
    }
  }
  if (bytes > 0) yield sortInto(sorted, gathered.subarray(0, bytes));
}

/** By the highest byte of a hash's low half, which says in which part of a set it belongs. */
function sortInto(into: Buffer, hashes: Buffer): Buffer {
  const next = new Int32Array(PARTS + 1);
  for (let at = 0; at < hashes.length; at += HASH_BYTES) next[hashes[at + 3]! + 1]! += HASH_BYTES;
  for (let part = 1; part < PARTS; part++) next[part]! += next[part - 1]!;
  const from = new DataView(hashes.buffer, hashes.byteOffset, hashes.length);
  const sorted = new DataView(into.buffer, into.byteOffset, hashes.length);
  for (let at = 0; at < hashes.length; at += HASH_BYTES) {
    const part = hashes[at + 3]!;
    const to = next[part]!;
    sorted.setInt32(to, from.getInt32(at));
    sorted.setInt32(to + 4, from.getInt32(at + 4));
    next[part] = to + HASH_BYTES;
  }
  return into.subarray(0, hashes.length);
}
