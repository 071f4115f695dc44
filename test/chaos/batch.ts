import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Faults } from '../../src/dev/stand-ins/batch-mep/faults.js';
import type { LoggedRequest } from '../../src/dev/stand-ins/batch-mep/request-log.js';
import { freePort } from '../../src/dev/embedded/free-port.js';
import { type ServerProcess, spawnServer } from '../../src/dev/embedded/server-process.js';
import { comesAbout } from './patience.js';

/** In the order in which a chunk is sent to them. */
export const apps = ['ios', 'android'] as const;
export type App = (typeof apps)[number];
export type Values = Record<string, unknown>;

export const restKey = 'chaos-rest-key';

export function apiKeyOf(app: App): string {
  return `chaos-${app}-key`;
}

/** The stand-in for Batch, a process of its own that never ends before the check: it is what there is to lose. */
export class Batch {
  readonly port: number;
  private readonly process: ServerProcess;
  private weather: Faults = {};
  private poisonedIds: readonly string[] = [];

  private constructor(port: number, standIn: ServerProcess) {
    this.port = port;
    this.process = standIn;
  }

  static async start(dist: string, folder: string): Promise<Batch> {
    const port = await freePort();
    const config = join(folder, 'batch.json');
    const keys = Object.fromEntries(apps.map((app) => [apiKeyOf(app), {}]));
    await writeFile(config, JSON.stringify({ port, restKey, apps: keys, keepUnknown: true, logCapacity: 1_000_000 }));
    const standIn = await spawnServer({
      command: process.execPath,
      args: [join(dist, 'dev', 'stand-ins', 'batch-mep', 'main.js'), '--config', config],
      logFile: join(folder, 'batch.log'),
      signalWhenOrphaned: 'TERM',
    });
    const batch = new Batch(port, standIn);
    const isUp = await comesAbout(async () => (await batch.heldCalls()) === 0, 30_000);
    if (!isUp) throw new Error(`The stand-in for Batch did not start: ${await standIn.output()}`);
    return batch;
  }

  /** What goes wrong from now on, instead of what went wrong before; poisoned contacts stay. */
  async setWeather(weather: Faults): Promise<void> {
    this.weather = weather;
    await this.setFaults();
  }

  /** Contacts that are refused now. */
  get poisoned(): readonly string[] {
    return this.poisonedIds;
  }

  /** Contacts that are refused from now on, instead of those before. */
  async poison(ids: readonly string[]): Promise<void> {
    this.poisonedIds = ids;
    await this.setFaults();
  }

  /** Calls that are applied, or wait to be, and have no answer yet. */
  async heldCalls(): Promise<number> {
    return ((await this.inspect('GET', 'held')) as { held: number }).held;
  }

  async releaseHeld(): Promise<void> {
    await this.inspect('POST', 'release');
  }

  /** Everything that was accepted is applied. */
  async settle(): Promise<void> {
    await this.inspect('POST', 'settled');
  }

  async requests(): Promise<LoggedRequest[]> {
    return ((await this.inspect('GET', 'requests')) as { requests: LoggedRequest[] }).requests;
  }

  /** All contacts of an app, by identifier. */
  async contacts(app: App): Promise<Map<string, Values>> {
    const response = await fetch(`${this.url}contacts?apiKey=${apiKeyOf(app)}`);
    const lines = (await response.text()).split('\n').filter((line) => line !== '');
    return new Map(
      lines.map((line) => {
        const { id, values } = JSON.parse(line) as { id: string; values: Values };
        return [id, values];
      }),
    );
  }

  async end(): Promise<void> {
    await this.process.kill();
  }

  private setFaults(): Promise<unknown> {
    return this.inspect('POST', 'faults', { ...this.weather, poisonedIds: this.poisonedIds });
  }

  private get url(): string {
    return `http://127.0.0.1:${this.port}/__inspect/`;
  }

  private async inspect(method: string, what: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.url}${what}`, { method, ...(body && { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${what}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}
