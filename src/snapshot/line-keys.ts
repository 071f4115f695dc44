import { BACKSLASH, decodeField, NEWLINE, TAB } from '../activation/copy-text.js';

/** Where the key of a line ends, and whether it holds an escape. */
export interface KeyBounds {
  end: number;
  escaped: boolean;
}

/**
 * The key of the line that starts at `start`: the bytes up to the first tab (or the line's end).
 * A loop, because keys are short and `indexOf` would search the rest of the buffer for an escape.
 */
export function keyBounds(buffer: Buffer, start: number, into: KeyBounds): KeyBounds {
  let escaped = false;
  let i = start;
  for (; i < buffer.length; i++) {
    const byte = buffer[i]!;
    if (byte === TAB || byte === NEWLINE) break;
    if (byte === BACKSLASH) escaped = true;
  }
  into.end = i;
  into.escaped = escaped;
  return into;
}

const scratch: KeyBounds = { end: 0, escaped: false };

/**
 * The key's own bytes, without COPY's escapes: their order is the order of `collate "C"`, while the order of the escaped
 * text is not. A view of the buffer unless the key holds an escape.
 */
export function keyOf(buffer: Buffer, start: number): Buffer {
  const { end, escaped } = keyBounds(buffer, start, scratch);
  if (!escaped) return buffer.subarray(start, end);
  return Buffer.from(decodeField(buffer, start, end) ?? '\\N', 'utf8');
}

/** Compares the key of the line at `start` with a key's own bytes. */
export function compareLineKey(buffer: Buffer, start: number, key: Buffer): number {
  const { end, escaped } = keyBounds(buffer, start, scratch);
  if (!escaped) return -key.compare(buffer, start, end);
  return keyOf(buffer, start).compare(key);
}

/** Compares the keys of two lines. */
export function compareLineKeys(a: Buffer, aStart: number, b: Buffer, bStart: number): number {
  const left = keyBounds(a, aStart, scratch);
  if (left.escaped) return keyOf(a, aStart).compare(keyOf(b, bStart));
  const aEnd = left.end;
  const right = keyBounds(b, bStart, scratch);
  if (right.escaped) return a.subarray(aStart, aEnd).compare(keyOf(b, bStart));
  return a.compare(b, bStart, right.end, aStart, aEnd);
}

/** Whether the line's key is SQL null, which COPY writes as `\N` and a text `\N` never is. */
export function isNullKey(buffer: Buffer, start: number): boolean {
  return buffer[start] === BACKSLASH && buffer[start + 1] === 78 && buffer[start + 2] === TAB;
}
