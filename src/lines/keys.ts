import { BACKSLASH, decodeField, endOfField, endsField, TAB } from './format.js';

/** Where the key of the line that starts at `start` ends: at the first tab, or the line's end. */
export function endOfKey(buffer: Buffer, start: number): number {
  return endOfField(buffer, start, buffer.length);
}

/**
 * The key's own bytes, without COPY's escapes: their order is the order of `collate "C"`, while the order of the escaped
 * text is not. A view of the buffer unless the key holds an escape.
 */
export function keyOf(buffer: Buffer, start: number): Buffer {
  const key = buffer.subarray(start, endOfKey(buffer, start));
  if (!key.includes(BACKSLASH)) return key;
  return Buffer.from(decodeField(key, 0, key.length) ?? '\\N', 'utf8');
}

/** Compares the key of the line at `start` with a key's own bytes. */
export function compareLineKey(buffer: Buffer, start: number, key: Buffer): number {
  for (let i = 0; ; i++) {
    const byte = buffer[start + i]!;
    if (byte === BACKSLASH) return keyOf(buffer, start).compare(key);
    if (endsField(byte)) return i === key.length ? 0 : -1;
    if (i === key.length) return 1;
    if (byte !== key[i]) return byte - key[i]!;
  }
}

/** Compares the keys of two lines: by their bytes up to the first that differs, unless there is an escape before that. */
export function compareLineKeys(a: Buffer, aStart: number, b: Buffer, bStart: number): number {
  for (let i = 0; ; i++) {
    const left = a[aStart + i]!;
    const right = b[bStart + i]!;
    if (left === BACKSLASH || right === BACKSLASH) return keyOf(a, aStart).compare(keyOf(b, bStart));
    if (endsField(left)) return endsField(right) ? 0 : -1;
    if (left !== right) return endsField(right) ? 1 : left - right;
  }
}

/** Whether the line's key is SQL null, which COPY writes as `\N` and a text `\N` never is. */
export function isNullKey(buffer: Buffer, start: number): boolean {
  return buffer[start] === BACKSLASH && buffer[start + 1] === 78 && buffer[start + 2] === TAB;
}
