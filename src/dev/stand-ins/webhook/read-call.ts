import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a receiver expects of a call. */
export interface Contract {
  method: string;
  /** With its query. */
  path: string;
  /** Headers by name in lower case. */
  headers: Record<string, string>;
  /** `whsec_...`; left out, calls are not signed. */
  secret?: string;
  body: 'rows' | 'row';
  /** Name of the member that holds the identifier. */
  identifier: string;
  /** More rows a call are refused. */
  maxRows: number;
}

export type Value = string | number | boolean | string[];

export interface Row {
  id: string;
  /** null clears one value. */
  values: Record<string, Value | null>;
}

export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Most that the time of a signature may differ from the clock, seconds. */
const MAX_SKEW_SECONDS = 300;

/** Checks route, headers and signature. Throws Refused. */
export function checkDoor(contract: Contract, request: IncomingMessage, body: Buffer): void {
  if (request.method !== contract.method || request.url !== contract.path) {
    throw new Refused(404, 'NOT_FOUND', 'There is no such route.');
  }
  for (const [name, text] of Object.entries(contract.headers)) {
    if (request.headers[name] !== text) throw new Refused(401, 'UNAUTHORIZED', `${name} is wrong.`);
  }
  if (contract.secret !== undefined) checkSignature(contract.secret, request, body);
  if (request.headers['content-type'] !== 'application/json') throw new Refused(415, 'NO_JSON', 'It is not JSON.');
}

function checkSignature(secret: string, { headers }: IncomingMessage, body: Buffer): void {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
    (name) => headers[name],
  );
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') {
    throw new Refused(401, 'UNSIGNED', 'The call is not signed.');
  }
  if (!/^\d+$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > MAX_SKEW_SECONDS) {
    throw new Refused(401, 'WRONG_TIME', 'The time of the signature is not now.');
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  const isSigned = signatures.split(' ').some((each) => {
    const given = Buffer.from(each.replace(/^v1,/, ''), 'base64');
    return each.startsWith('v1,') && given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!isSigned) throw new Refused(401, 'WRONG_SIGNATURE', 'The signature is wrong.');
}

/** The rows of a body; none of a call that only asks whether calls are let in. Throws Refused. */
export function readRows(contract: Contract, body: Buffer): Row[] {
  const parsed = membersOf(parseJson(body), 'the body');
  if (Object.keys(parsed).join() === 'rows' && Array.isArray(parsed['rows']) && parsed['rows'].length === 0) return [];
  const { activation, ...rest } = parsed;
  if (typeof activation !== 'string' || activation === '') throw malformed('activation must be a text');
  if (contract.body === 'row') return [readRow(contract, rest, 'the body')];
  const { rows, ...others } = rest;
  if (Object.keys(others).length > 0) throw malformed('the body has members beside activation and rows');
  if (!Array.isArray(rows) || rows.length === 0) throw malformed('rows must be a list of at least one');
  if (rows.length > contract.maxRows) throw malformed(`rows must hold at most ${contract.maxRows}`);
  return rows.map((row, i) => readRow(contract, row, `row ${i}`));
}

function readRow({ identifier }: Contract, written: unknown, place: string): Row {
  const { [identifier]: id, values, ...others } = membersOf(written, place);
  if (Object.keys(others).length > 0) throw malformed(`${place} has members beside ${identifier} and values`);
  if (typeof id !== 'string' || id === '') throw malformed(`${identifier} of ${place} must be a text`);
  const read = membersOf(values, `values of ${place}`);
  for (const [key, value] of Object.entries(read)) {
    if (value !== null && !isValue(value))
      throw malformed(`${key} of ${place} must be a scalar, null or a list of texts`);
  }
  return { id, values: read as Row['values'] };
}

function isValue(value: unknown): value is Value {
  if (Array.isArray(value)) return value.length > 0 && value.every((each) => typeof each === 'string');
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

function membersOf(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(`${place} must be an object`);
  return value as Record<string, unknown>;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)) as unknown;
  } catch {
    throw malformed('the body is not JSON in UTF-8');
  }
}

function malformed(message: string): Refused {
  return new Refused(400, 'MALFORMED', message);
}
