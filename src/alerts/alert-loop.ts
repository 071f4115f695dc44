import type { AlertChannelDefinition } from '../activation/alerts.js';
import { OutflowError } from '../activation/errors.js';
import type { Environment } from '../config/environment.js';
import { retryFailedChannels } from '../engine/alerts/alert-outbox.js';
import type { Engine } from '../engine/database/database.js';
import { asUnexpected } from '../engine/database/unexpected.js';
import { startLoop, type WorkerLoop } from '../worker/loop.js';
import { deliverMessages } from './deliver-messages.js';
import { writeAlerts } from './write-alerts.js';

export interface AlertLoopOptions {
  engine: Engine;
  /** Where the channels find their secrets. */
  environment: Environment;
  /** For a log: without contact data and secrets. */
  report: (line: string) => void;
  /** Milliseconds between two looks. Default 5,000. */
  everyMs?: number;
}

/**
 * Looks for alerts again and again and delivers them, beside the work of the process that it runs in: nothing that goes
 * wrong here leaves it but as a line of the log. Any number of processes may do so on one database.
 */
export function startAlertLoop({ engine, environment, report, everyMs = 5_000 }: AlertLoopOptions): WorkerLoop {
  const troubles = new Troubles(engine, report);
  const underWay = new Map<string, Promise<void>>();

  /** Each channel at its own speed: a slow one delays no other. */
  function deliver(channel: AlertChannelDefinition, ended: AbortSignal): void {
    if (underWay.has(channel.name)) return;
    const delivery = deliverMessages(engine, channel, environment, ended)
      .catch((error: unknown) => troubles.met(error))
      .finally(() => underWay.delete(channel.name));
    underWay.set(channel.name, delivery);
  }

  let isFirst = true;
  const loop = startLoop(everyMs, async (ended) => {
    try {
      if (isFirst) await retryFailedChannels(engine);
      isFirst = false;
      for (const channel of await writeAlerts(engine)) deliver(channel, ended);
      troubles.over();
    } catch (error) {
      await troubles.met(error);
    }
  });
  return {
    /** Also waits until the messages under way are delivered or have failed. */
    async end() {
      await loop.end();
      await Promise.all(underWay.values());
    },
  };
}

/** Says what goes wrong once, not every few seconds. */
class Troubles {
  private readonly engine: Engine;
  private readonly report: (line: string) => void;
  private last: string | undefined;

  constructor(engine: Engine, report: (line: string) => void) {
    this.engine = engine;
    this.report = report;
  }

  async met(error: unknown): Promise<void> {
    const known = error instanceof OutflowError ? error : undefined;
    const text = known?.message ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
    if (text === this.last) return;
    this.last = text;
    this.report(
      `No alerts at present; they are tried again. ${(known ?? (await asUnexpected(this.engine, null, error))).message}`,
    );
  }

  over(): void {
    if (this.last === undefined) return;
    this.last = undefined;
    this.report('Alerts go on.');
  }
}
