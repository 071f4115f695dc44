import { Readable } from 'node:stream';
import type { AppStats } from '../stand-ins/batch-mep/app.js';
import type { Faults } from '../stand-ins/batch-mep/faults.js';
import type { StandInOptions } from '../stand-ins/batch-mep/options.js';
import type { LoggedRequest } from '../stand-ins/batch-mep/request-log.js';

export type { Faults, LoggedRequest };

/** The account's keys: its REST key and the API key of each app. */
export const batchKeys = { rest: 'demo-rest-key', ios: 'DEMO-IOS-KEY', android: 'DEMO-ANDROID-KEY' } as const;
export const apps = { [batchKeys.ios]: 'ios', [batchKeys.android]: 'android' } as const;
export type ApiKey = keyof typeof apps;
export const apiKeys = [batchKeys.ios, batchKeys.android] as const;

/** The configuration of the stand-in. `requestsKept`: with their bodies, so few for a large shop. */
export function standInOptions(requestsKept: number): StandInOptions {
  return {
    restKey: batchKeys.rest,
    apps: Object.fromEntries(apiKeys.map((key) => [key, {}])),
    keepBodies: true,
    logCapacity: requestsKept,
  };
}

/** What the demo sees of the Batch account: through the stand-in's inspection, which Outflow knows nothing of. */
export class BatchAccount {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Makes contacts exist in an app. `lines` are JSON strings with a newline each, in whatever pieces. */
  async addContacts(apiKey: ApiKey, lines: Readable): Promise<number> {
    const { added } = await this.call<{ added: number }>('POST', `contacts?apiKey=${apiKey}`, lines);
    return added;
  }

  /** Every contact of an app, a line of `{"id", "values"}` each. */
  async contacts(apiKey: ApiKey, signal: AbortSignal): Promise<Readable> {
    const response = await fetch(`${this.url}/__inspect/contacts?apiKey=${apiKey}`, { signal });
    if (!response.ok || !response.body) throw new Error(`The stand-in answered ${response.status} to an inspection`);
    return Readable.fromWeb(response.body);
  }

  async stats(): Promise<Record<ApiKey, AppStats>> {
    return (await this.call<{ apps: Record<ApiKey, AppStats> }>('GET', 'stats')).apps;
  }

  async requests(options: { bodies: boolean } = { bodies: false }): Promise<LoggedRequest[]> {
    const path = options.bodies ? 'requests?bodies=1' : 'requests';
    return (await this.call<{ requests: LoggedRequest[] }>('GET', path)).requests;
  }

  async setFaults(faults: Faults): Promise<void> {
    await this.call('POST', 'faults', JSON.stringify(faults));
  }

  /** Calls that wait for `release`. */
  async held(): Promise<number> {
    return (await this.call<{ held: number }>('GET', 'held')).held;
  }

  async release(): Promise<void> {
    await this.call('POST', 'release');
  }

  /** Resolves when everything that was accepted is applied. */
  async settled(): Promise<void> {
    await this.call('POST', 'settled');
  }

  /** Alters one value behind everybody's back. */
  async spoil(apiKey: ApiKey): Promise<{ id: string; key: string }> {
    return this.call('POST', 'spoil', JSON.stringify({ apiKey }));
  }

  private async call<T>(method: 'GET' | 'POST', path: string, body?: string | Readable): Promise<T> {
    const response = await fetch(`${this.url}/__inspect/${path}`, {
      method,
      ...(body !== undefined && { body: typeof body === 'string' ? body : Readable.toWeb(body), duplex: 'half' }),
    });
    if (!response.ok) throw new Error(`The stand-in answered ${response.status} to an inspection`);
    return (await response.json()) as T;
  }
}
