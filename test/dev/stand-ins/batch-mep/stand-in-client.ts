import { afterEach } from 'vitest';

import type { LoggedRequest } from '../../../../src/dev/stand-ins/batch-mep/request-log.js';
import type { StandInOptions } from '../../../../src/dev/stand-ins/batch-mep/options.js';
import { startBatchStandIn, type BatchStandIn } from '../../../../src/dev/stand-ins/batch-mep/server.js';

export const restKey = 'rest-key';

/** A stand-in of two apps, IOS and ANDROID, that know ada and bob, with plain HTTP to talk to it. */
export interface StandInClient extends BatchStandIn {
  /** A call with the right REST key; a string is sent as it is, anything else as JSON. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** A bulk update of the app's contacts. */
  update(apiKey: string, users: unknown): Promise<Answer>;
  inspect(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The values of a contact once everything accepted is applied. */
  valuesOf(apiKey: string, id: string): Promise<unknown>;
  requests(): Promise<LoggedRequest[]>;
}

interface Answer {
  status: number;
  headers: Headers;
  /** Parsed; errors have a `code` and a `type`. */
  body: Record<string, unknown>;
}

const running = new Set<BatchStandIn>();
afterEach(async () => {
  await Promise.all([...running].map((standIn) => standIn.close()));
  running.clear();
});

/** Closed after the test. */
export async function startClient(options: Partial<StandInOptions> = {}): Promise<StandInClient> {
  const contacts = ['ada', 'bob'];
  const standIn = await startBatchStandIn({
    restKey,
    apps: { IOS: { contacts }, ANDROID: { contacts }, BASIC: { feature: false } },
    applyDelayMs: 5,
    ...options,
  });
  running.add(standIn);
  const inspect: StandInClient['inspect'] = (method, path, body) =>
    request(`${standIn.url}/__inspect${path}`, method, body, {});
  const call: StandInClient['call'] = (method, path, body, headers = { 'X-Authorization': restKey }) =>
    request(standIn.url + path, method, body, headers);
  return {
    ...standIn,
    call,
    inspect,
    update: (apiKey, users) => call('POST', `/1.0/${apiKey}/data/users`, users),
    valuesOf: async (apiKey, id) => {
      await inspect('POST', '/settled');
      return (await inspect('GET', `/contact?apiKey=${apiKey}&id=${encodeURIComponent(id)}`)).body['values'];
    },
    requests: async () => (await inspect('GET', '/requests')).body['requests'] as LoggedRequest[],
  };
}

/** One item of a bulk update that merges these values. */
export function user(id: string, values: Record<string, unknown>): object {
  return { id, update: { overwrite: false, values } };
}

async function request(url: string, method: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
  const sent =
    body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(url, { method, headers, ...(sent !== undefined && { body: sent }) });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}
