import { App } from './app.js';
import { FaultPlan } from './fault-plan.js';
import { HeldCalls } from '../kit/held-calls.js';
import type { StandInOptions } from './options.js';
import { PendingWrites } from './pending-writes.js';
import { RequestLog } from './request-log.js';

/** Everything that a reset throws away. */
export class StandInState {
  readonly restKey: string;
  readonly successStatus: number;
  readonly apps: ReadonlyMap<string, App>;
  readonly pending: PendingWrites;
  readonly held = new HeldCalls();
  readonly log: RequestLog;
  faults: FaultPlan;

  constructor(options: StandInOptions) {
    this.restKey = options.restKey;
    this.successStatus = options.successStatus ?? 202;
    this.apps = new Map(
      Object.entries(options.apps).map(([apiKey, app]) => [apiKey, new App(app, options.keepUnknown ?? false)]),
    );
    this.pending = new PendingWrites(options.applyDelayMs ?? 20);
    this.log = new RequestLog(options.logCapacity ?? 1000, options.keepBodies ?? false);
    this.faults = new FaultPlan(options.faults ?? {});
  }

  /** Pending writes are forgotten and held calls end without an answer. */
  discard(): void {
    this.pending.clear();
    this.held.abandon();
  }
}
