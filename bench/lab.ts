import { startCountingServer, type CountingServer, type Pace } from './counted-calls.js';
import { startServers, type Ground, type Servers } from './ground.js';
import type { BenchOptions } from './bench-options.js';
import { startOutflow, type Outflow } from './outflow.js';
import { canReadMemory, residentMb } from './process-memory.js';
import { changeContacts, makeContacts, segmentOf, settleServer, type Change } from './source-data.js';
import type { WorkerProcess } from '../test/support/start-worker.js';

/** Contacts of the small segment. */
export const smallSize = 100;
/** What the slow destination takes for an answer. */
const slowAnswerMs = 500;
/** Settings of a worker that asks for no checksum. */
export const reading = { OUTFLOW_CHECKSUM: 'never' };
/** The activation of the small segment. */
export const small = 'small';

type Report = (line: string) => void;

/** What all measurements share: the servers, the product, and a warehouse with the tables `contact` and `contact_small`. */
export class Lab {
  /** Contacts in `contact`. */
  readonly size: number;
  /** Of each measurement. */
  readonly repeats: number;
  /** The build that is measured. */
  readonly dist: string;
  readonly ground: Ground;
  readonly servers: Servers;
  readonly outflow: Outflow;
  readonly counting: CountingServer;
  readonly paced: CountingServer;
  readonly slow: CountingServer;
  readonly report: Report;
  private knownActivation: Promise<string> | undefined;
  private changes = 0;

  private constructor(
    parts: Pick<
      Lab,
      'size' | 'repeats' | 'dist' | 'ground' | 'servers' | 'outflow' | 'counting' | 'paced' | 'slow' | 'report'
    >,
  ) {
    this.size = parts.size;
    this.repeats = parts.repeats;
    this.dist = parts.dist;
    this.ground = parts.ground;
    this.servers = parts.servers;
    this.outflow = parts.outflow;
    this.counting = parts.counting;
    this.paced = parts.paced;
    this.slow = parts.slow;
    this.report = parts.report;
  }

  static async open(ground: Ground, { size, repeats, dist }: BenchOptions, report: Report): Promise<Lab> {
    const servers = await startServers(ground, report);
    const start = (pace: Pace) => ground.keep(startCountingServer(pace), (server) => server.end());
    const [counting, paced, slow] = await Promise.all([
      start({}),
      start({ callsPerSecond: 1 }),
      start({ answersAfterMs: slowAnswerMs }),
    ]);
    const urls = { counting: counting.url, paced: paced.url, slow: slow.url };
    const outflow = await startOutflow(dist, ground, servers, urls);
    const lab = new Lab({ size, repeats, dist, ground, servers, outflow, counting, paced, slow, report });
    await lab.makeTable('contact', size);
    await lab.makeTable('contact_small', smallSize);
    await outflow.add({ [small]: { sql: segmentOf('contact_small') } });
    return lab;
  }

  get sourceUrl(): string {
    return this.servers.source.url();
  }

  get engineUrl(): string {
    return this.servers.stack.databaseUrl;
  }

  async makeTable(table: string, size: number): Promise<void> {
    this.report(`Making ${table} ...`);
    await makeContacts(this.sourceUrl, table, size);
  }

  /** A worker that has started, has done one small run, and holds what it holds when nothing is to be done. */
  async startIdleWorker(settings?: Record<string, string>): Promise<{ worker: WorkerProcess; idleMb: number }> {
    const worker = await this.outflow.startWorker(settings);
    await this.outflow.run(small, { read: smallSize });
    return { worker, idleMb: canReadMemory ? await residentMb(worker.pid) : NaN };
  }

  /** An activation of all contacts whose first run has been: made when it is first asked for, unless it was given. */
  known(): Promise<string> {
    return (this.knownActivation ??= this.makeKnown());
  }

  giveKnown(activation: string): void {
    this.knownActivation = Promise.resolve(activation);
  }

  /** Changes another 1% of the contacts each time. */
  change(): Promise<Change> {
    return changeContacts(this.sourceUrl, 'contact', this.changes++);
  }

  private async makeKnown(): Promise<string> {
    await this.firstRun('contacts', segmentOf('contact'), this.size);
    return 'contacts';
  }

  /** Sends all contacts of a segment once, unmeasured. */
  async firstRun(activation: string, sql: string, size: number): Promise<void> {
    this.report(`First run of ${activation} ...`);
    await this.outflow.add({ [activation]: { sql } });
    const worker = await this.outflow.startWorker();
    await this.outflow.run(activation, { read: size, new: size, accepted: size });
    await worker.stop();
    await settleServer(this.engineUrl);
  }
}
