import type { Faults } from '../../../src/dev/stand-ins/batch-mep/faults.js';
import type { LoggedRequest } from '../../../src/dev/stand-ins/batch-mep/request-log.js';
import { type BatchStandIn, startBatchStandIn } from '../../../src/dev/stand-ins/batch-mep/server.js';
import { planted } from './planted.js';

export type App = 'ios' | 'android';
export type Values = Record<string, unknown>;

/** A user of a request, as it was sent. */
interface SentUser {
  id: string;
  values: Values;
}

/** The strict stand-in for Batch, with what a scenario asks of it. Contacts that it does not know come into being. */
export class Destination {
  readonly url: string;
  private readonly standIn: BatchStandIn;

  private constructor(standIn: BatchStandIn) {
    this.standIn = standIn;
    this.url = standIn.url;
  }

  static async start(): Promise<Destination> {
    return new Destination(
      await startBatchStandIn({
        restKey: planted.restKey,
        apps: { [planted.iosKey]: {}, [planted.androidKey]: {}, [planted.newIosKey]: {} },
        keepUnknown: true,
        applyDelayMs: 5,
        keepBodies: true,
        logCapacity: 10_000,
      }),
    );
  }

  /** Replaces all fault switches; without any, ends them. `app`: only its calls have the faults. */
  fail(faults: Omit<Faults, 'apiKey'> = {}, app?: App): void {
    this.standIn.setFaults({ ...faults, ...(app && { apiKey: keyOf(app) }) });
  }

  /** Contacts and their values, by identifier, once everything that was accepted is applied. */
  async contacts(app: App | 'newIos'): Promise<Map<string, Values>> {
    await this.inspect('POST', 'settled');
    const lines = (await this.text('GET', `contacts?apiKey=${keyOf(app)}`)).split('\n').filter((line) => line !== '');
    return new Map(
      lines.map((line) => {
        const { id, values } = JSON.parse(line) as SentUser;
        return [id, values];
      }),
    );
  }

  async requests(): Promise<LoggedRequest[]> {
    return (await this.inspect<{ requests: LoggedRequest[] }>('GET', 'requests?bodies=1')).requests;
  }

  /** What the requests that `during` made have carried, user by user and in the order of identifiers, for each app. */
  async sentDuring(during: () => Promise<unknown>): Promise<Record<App, SentUser[]>> {
    const before = (await this.requests()).length;
    await during();
    const sent = (await this.requests()).slice(before);
    return { ios: usersOf(sent, 'ios'), android: usersOf(sent, 'android') };
  }

  /** Calls that wait for a release. */
  async heldCalls(): Promise<number> {
    return (await this.inspect<{ held: number }>('GET', 'held')).held;
  }

  async release(): Promise<void> {
    await this.inspect('POST', 'release');
  }

  close(): Promise<void> {
    return this.standIn.close();
  }

  private async inspect<T>(method: string, what: string): Promise<T> {
    return JSON.parse(await this.text(method, what)) as T;
  }

  private async text(method: string, what: string): Promise<string> {
    const response = await fetch(`${this.url}/__inspect/${what}`, { method });
    if (!response.ok) throw new Error(`${method} ${what}: ${response.status}`);
    return response.text();
  }
}

function keyOf(app: App | 'newIos'): string {
  return planted[`${app}Key`];
}

function usersOf(requests: LoggedRequest[], app: App): SentUser[] {
  return requests
    .filter(({ apiKey, body }) => apiKey === keyOf(app) && body !== undefined)
    .flatMap(({ body }) => JSON.parse(body!) as { id: string; update: { values: Values } }[])
    .map(({ id, update }) => ({ id, values: update.values }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
