import { RefusedCall } from './refused-call.js';

/** A body that was parsed, with its text: JSON.parse rounds large integers silently, so their digits must be read there. */
export interface JsonBody {
  readonly value: unknown;
  /** Whether an integer beyond ±(2^53−1) is written out in digits anywhere in the body. Scans the text when first asked. */
  writesUnsafeInteger(): boolean;
}

/** Parses a body; bytes that are not UTF-8 or not JSON (an empty body, a byte order mark) are MALFORMED_JSON_BODY. */
export function parseJsonBody(bytes: Uint8Array): JsonBody {
  const { text, value } = decode(bytes);
  let unsafe: boolean | undefined;
  return { value, writesUnsafeInteger: () => (unsafe ??= scanForUnsafeInteger(text)) };
}

function decode(bytes: Uint8Array): { text: string; value: unknown } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, value: JSON.parse(text) as unknown };
  } catch {
    throw new RefusedCall('MALFORMED_JSON_BODY', 'The body is not JSON in UTF-8.');
  }
}

/** `1e300` and `0.5` are floats by their notation; `9007199254740993` is an integer that a double cannot hold. */
function scanForUnsafeInteger(text: string): boolean {
  const stringsAndNumbers = /"(?:[^"\\]+|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;
  for (const [token] of text.matchAll(stringsAndNumbers)) {
    if (/^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))) return true;
  }
  return false;
}
