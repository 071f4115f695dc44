import { onTestFinished } from 'vitest';
import {
  type AlertChannelDefinition,
  type AlertConditions,
  type WebhookChannel,
  defaultAlertConditions,
} from '../../src/activation/alerts.js';
import type { AlertMessage } from '../../src/activation/alert-message.js';
import type { Definitions } from '../../src/activation/definitions.js';
import { type ErrorReport, errorReport } from '../../src/activation/errors.js';
import { writeAlerts } from '../../src/alerts/write-alerts.js';
import { closeRun } from '../../src/engine/runs/close-run.js';
import type { Engine } from '../../src/engine/database/database.js';
import {
  applicant,
  applyAll,
  definitionsOf,
  freshEngine,
  opened,
  publishDiff,
  type PublishedDiff,
} from '../engine/engine-fixture.js';

export const webhook: WebhookChannel = {
  name: 'ops',
  type: 'webhook',
  url: '${ALERT_URL}',
  secret: '${ALERT_SECRET}',
};

type Run = { activationId: number; runId: number };

/** An engine with the activation `loyalty`, whose runs a test makes as it likes, and what is told about them. */
export class AlertLab {
  readonly engine: Engine;
  readonly url: string;
  private told = 0;

  private constructor(engine: Engine, url: string) {
    this.engine = engine;
    this.url = url;
  }

  static async start(): Promise<AlertLab> {
    const fresh = await freshEngine();
    onTestFinished(() => fresh.drop());
    return new AlertLab(fresh.engine, fresh.url);
  }

  /** Definitions with these channels, and with conditions that are not the default ones. */
  async apply(
    channels: AlertChannelDefinition[],
    when: Partial<AlertConditions> = {},
    names = ['loyalty'],
  ): Promise<void> {
    const definitions: Definitions = definitionsOf(...names);
    for (const activation of Object.values(definitions.activations)) {
      activation.alerts = { ...defaultAlertConditions, ...when };
    }
    definitions.alertChannels = Object.fromEntries(channels.map((channel) => [channel.name, channel]));
    await applyAll(this.engine, definitions);
  }

  open(activation = 'loyalty'): Promise<Run> {
    return opened(this.engine, applicant(activation));
  }

  async close(run: Run, outcome: 'completed' | 'failed' | 'cancelled', error?: ErrorReport): Promise<void> {
    await closeRun(this.engine, { ...run, outcome, ...(error && { error }) });
  }

  async completes(diff: PublishedDiff = { read: 100, unchanged: 100 }): Promise<number> {
    const run = await this.open();
    await publishDiff(this.engine, run, diff);
    await this.close(run, 'completed');
    return run.runId;
  }

  async fails(error: ErrorReport = unreachable): Promise<number> {
    const run = await this.open();
    await this.close(run, 'failed', error);
    return run.runId;
  }

  /** One look; messages that it has written, in order. */
  async look(): Promise<AlertMessage[]> {
    await writeAlerts(this.engine);
    const rows = await this.engine
      .db<{ message_id: number; body: AlertMessage }>('outflow.alert_message')
      .where('message_id', '>', this.told)
      .orderBy('message_id');
    this.told = rows.at(-1)?.message_id ?? this.told;
    return rows.map(({ body }) => body);
  }

  /** `raised failed`, and so on, of one look. */
  async changes(): Promise<string[]> {
    return (await this.look()).map(({ event, condition }) => `${event} ${condition}`);
  }

  /** Lets the past of runs and activations be longer ago. */
  async timePasses(interval: string): Promise<void> {
    await this.engine.db.raw(
      `update outflow.run set started_at = started_at - interval '${interval}', finished_at = finished_at - interval '${interval}'`,
    );
    await this.engine.db.raw(`update outflow.alert_watch set counted_from = counted_from - interval '${interval}'`);
  }
}

export const unreachable = errorReport(
  'SourceUnreachable',
  'Source "warehouse" cannot be reached: connection refused.',
  'Start it, or correct its url.',
);
