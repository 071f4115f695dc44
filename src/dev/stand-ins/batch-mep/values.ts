import type { JsonBody } from './json-body.js';

/** A value as a contact holds it. Tag collections are arrays of strings. */
export type Value = string | number | boolean | string[];

type KeyKind = 'attribute' | 'tags' | 'date' | 'url';

const stringMaxLength = 64;
const urlMaxLength = 2048;

const keyPatterns: readonly (readonly [RegExp, KeyKind])[] = [
  [/^u\.[a-z0-9_]{1,30}$/, 'attribute'],
  [/^ut\.[a-z0-9_]{1,30}$/, 'tags'],
  [/^date\(u\.[a-z0-9_]{1,30}\)$/, 'date'],
  [/^url\(u\.[a-z0-9_]{1,30}\)$/, 'url'],
];

/** What kind of attribute a key of `values` names; undefined: Batch has no such key (native `$...` keys included). */
export function kindOfKey(key: string): KeyKind | undefined {
  return keyPatterns.find(([pattern]) => pattern.test(key))?.[1];
}

/**
 * Why Batch refuses a value that is not null, or undefined when it takes it. Lengths are counted in UTF-16 units, as
 * Batch's SDKs do: the strictest count of a character.
 */
export function faultOfValue(kind: KeyKind, value: unknown, body: JsonBody): string | undefined {
  switch (kind) {
    case 'attribute':
      return faultOfScalar(value, body);
    case 'tags':
      if (!Array.isArray(value) || value.length === 0) return 'must be an array of at least one string';
      return value.every(isShortString) ? undefined : `must hold strings of 1 to ${stringMaxLength} characters only`;
    case 'date':
      if (typeof value === 'number') return Number.isSafeInteger(value) ? undefined : 'must be whole seconds';
      return isDateTime(value) ? undefined : 'must be YYYY-MM-DDTHH:mm:ss[.SSS] or whole seconds';
    case 'url':
      return isUrl(value) ? undefined : `must be a URL with scheme and authority of up to ${urlMaxLength} characters`;
  }
}

function faultOfScalar(value: unknown, body: JsonBody): string | undefined {
  if (typeof value === 'boolean' || isShortString(value)) return undefined;
  if (typeof value === 'string') return `must have 1 to ${stringMaxLength} characters`;
  if (typeof value !== 'number') return 'must be a string, a number, a boolean or null';
  if (!Number.isFinite(value)) return 'must be a finite number';
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && body.writesUnsafeInteger()) {
    return 'must be an integer within ±(2^53−1)';
  }
  return undefined;
}

function isShortString(value: unknown): boolean {
  return typeof value === 'string' && value.length >= 1 && value.length <= stringMaxLength;
}

/** A day of the calendar and a time of the day, in the years 1 to 9999. */
function isDateTime(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?$/.test(value)) return false;
  if (value.startsWith('0000')) return false;
  const time = new Date(`${value}Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(value);
}

function isUrl(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length <= urlMaxLength &&
    /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#]\S*$/i.test(value) &&
    URL.canParse(value)
  );
}
