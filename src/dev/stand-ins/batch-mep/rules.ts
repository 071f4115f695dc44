import { parseJsonBody, type JsonBody } from './json-body.js';
import { RefusedCall } from './refused-call.js';
import { faultOfValue, kindOfKey, type Value } from './values.js';

const maxUsersPerCall = 10_000;

export interface UserUpdate {
  readonly id: string;
  /** Whether the contact's other values are cleared first. */
  readonly overwrite: boolean;
  /** null clears one value. */
  readonly values: Readonly<Record<string, Value | null>>;
}

/** What a valid call asks for. */
export type Write =
  | { readonly kind: 'update'; readonly users: readonly UserUpdate[] }
  | { readonly kind: 'delete'; readonly ids: readonly string[] };

/**
 * Reads the body of a `POST .../data/users[/{customId}]`. The first fault found refuses the whole call: JSON, then the
 * shape of the body, then user by user what is missing, wrong types, keys and values.
 */
export function readUpdate(bytes: Uint8Array, customId: string | undefined): Write {
  const body = parseJsonBody(bytes);
  if (customId !== undefined) {
    return { kind: 'update', users: [userUpdate(customId, body.value, body, 'the body')] };
  }
  const items = listOfUsers(body.value);
  const users = items.map((item, index) => {
    const place = `user ${index}`;
    if (!isObject(item)) throw malformed(`${place} must be an object`);
    if (!('id' in item)) throw missing(`${place} has no id`);
    if (!('update' in item)) throw missing(`${place} has no update`);
    const { id, update } = item;
    if (!isNonEmptyString(id)) throw malformed(`the id of ${place} must be a non-empty string`);
    return userUpdate(id, update, body, place);
  });
  return { kind: 'update', users };
}

/** Reads a `DELETE .../data/users[/{customId}]`; with a custom ID in the path there is no body to read. */
export function readDelete(bytes: Uint8Array, customId: string | undefined): Write {
  if (customId !== undefined) return { kind: 'delete', ids: [customId] };
  const ids = listOfUsers(parseJsonBody(bytes).value);
  if (!ids.every(isNonEmptyString)) throw malformed('each id must be a non-empty string');
  return { kind: 'delete', ids };
}

function listOfUsers(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw malformed('the body must be an array');
  if (value.length === 0) throw malformed('the body must hold at least one user');
  if (value.length > maxUsersPerCall) throw malformed(`the body must hold at most ${maxUsersPerCall} users`);
  return value as unknown[];
}

function userUpdate(id: string, update: unknown, body: JsonBody, place: string): UserUpdate {
  if (!isObject(update)) throw malformed(`the update of ${place} must be an object`);
  if (!('values' in update)) throw missing(`the update of ${place} has no values`);
  if (!('overwrite' in update)) throw missing(`the update of ${place} has no overwrite`);
  const { overwrite, values } = update;
  if (typeof overwrite !== 'boolean') throw malformed(`overwrite of ${place} must be a boolean`);
  if (!isObject(values)) throw malformed(`values of ${place} must be an object`);
  const keys = Object.keys(values);
  for (const key of keys) {
    if (cachedKindOfKey(key) === undefined) throw malformed(`${place} has a key that is not Batch's: ${key}`);
  }
  for (const key of keys) checkValue(key, values[key], overwrite, body, place);
  return { id, overwrite, values: values as Record<string, Value | null> };
}

function checkValue(key: string, value: unknown, overwrite: boolean, body: JsonBody, place: string): void {
  if (value === null) {
    if (overwrite) throw malformed(`${key} of ${place} must not be null when overwrite is true`);
    return;
  }
  const fault = faultOfValue(cachedKindOfKey(key)!, value, body);
  if (fault !== undefined) throw malformed(`${key} of ${place} ${fault}`);
}

const kindsOfKeys = new Map<string, ReturnType<typeof kindOfKey>>();

/** A call of 10,000 users repeats few keys 10,000 times. Keys that are not Batch's are not kept: they are without number. */
function cachedKindOfKey(key: string): ReturnType<typeof kindOfKey> {
  const known = kindsOfKeys.get(key);
  if (known !== undefined) return known;
  const kind = kindOfKey(key);
  if (kind !== undefined) kindsOfKeys.set(key, kind);
  return kind;
}

function missing(message: string): RefusedCall {
  return new RefusedCall('MISSING_PARAMETER', message);
}

function malformed(message: string): RefusedCall {
  return new RefusedCall('MALFORMED_PARAMETER', message);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNonEmptyString(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
