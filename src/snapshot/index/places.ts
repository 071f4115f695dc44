import type { LineHasher } from './line-hash.js';
import { endOfKey } from '../../lines/keys.js';

/** Of a stored place: where the line ends in its block, then the hash of its key, 32 bits each, little-endian. */
const PLACE_BYTES = 8;

/** The stored places of whole lines, one after the other. `ends`: of each, after its newline. */
export function placesOf(lines: Buffer, hasher: LineHasher, ends: readonly number[]): Buffer {
  const places = Buffer.allocUnsafe(PLACE_BYTES * ends.length);
  for (let i = 0; i < ends.length; i++) {
    places.writeUInt32LE(ends[i]!, PLACE_BYTES * i);
    places.writeInt32LE(hashOfKey(lines, ends[i - 1] ?? 0, hasher), PLACE_BYTES * i + 4);
  }
  return places;
}

const hash = { low: 0, high: 0 };

/** Of the key of the line that starts at `start`, as COPY writes it: equal keys are written in one way only. */
export function hashOfKey(buffer: Buffer, start: number, hasher: LineHasher): number {
  hasher.hash(buffer, start, endOfKey(buffer, start), hash);
  return hash.low;
}

/** Where the line with this number ends in its block. */
export function endOfLine(places: Buffer, line: number): number {
  return line < 0 ? 0 : places.readUInt32LE(PLACE_BYTES * line);
}

export function readKeyHash(places: Buffer, line: number): number {
  return places.readInt32LE(PLACE_BYTES * line + 4);
}
