import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Client, WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type pg from 'pg';
import { expect } from 'vitest';
import type { Definitions } from '../../../src/activation/definitions.js';
import type { RunMode, RunResult } from '../../../src/activation/run.js';
import { taskQueue } from '../../../src/activation/task-queues.js';
import { applyDefinitions, readApplied } from '../../../src/engine/definitions/apply.js';
import type { Engine } from '../../../src/engine/database/database.js';
import { planApply } from '../../../src/engine/definitions/plan-apply.js';
import { runResult } from '../../../src/engine/runs/runs.js';
import type { App, Destination } from './destination.js';
import { endedResult } from './ended-result.js';
import { type ActivationSpec, definitionsOf } from './scenario-definitions.js';
import { eventsOf, holds } from './workflow-histories.js';
import { startWorker, type WorkerProcess } from '../../support/start-worker.js';

/** Its `firstExecutionRunId` is where its histories begin. */
export type StartedRun = WorkflowHandleWithFirstExecutionRunId;

/** Everything that a run needs, real and of one test file's own: databases, a Temporal namespace, a destination. */
export class Scenario {
  readonly source: pg.Client;
  readonly engine: Engine;
  readonly client: Client;
  readonly destination: Destination;
  /** All workers that were started, also those that are gone. */
  readonly workers: WorkerProcess[] = [];
  /** With its password. */
  readonly sourceUrl: string;
  private readonly environment: Record<string, string>;
  private readonly dist: string;
  private readonly folder: string;
  private readonly started: { workflowId: string; runId: string }[] = [];
  private specs: Record<string, ActivationSpec> = {};

  constructor(parts: {
    source: pg.Client;
    engine: Engine;
    client: Client;
    destination: Destination;
    environment: Record<string, string>;
    dist: string;
    folder: string;
  }) {
    this.source = parts.source;
    this.engine = parts.engine;
    this.client = parts.client;
    this.destination = parts.destination;
    this.sourceUrl = parts.environment['SOURCE_URL']!;
    this.environment = parts.environment;
    this.dist = parts.dist;
    this.folder = parts.folder;
  }

  /** Applies these activations, in place of those of the same names, beside the others; undefined removes one. */
  async define(specs: Record<string, ActivationSpec | undefined>): Promise<void> {
    const merged = Object.entries({ ...this.specs, ...specs });
    this.specs = Object.fromEntries(
      merged.filter((entry): entry is [string, ActivationSpec] => entry[1] !== undefined),
    );
    await this.apply(definitionsOf(this.specs));
  }

  async apply(definitions: Definitions): Promise<void> {
    await applyDefinitions(this.engine, definitions, planApply(await readApplied(this.engine.db), definitions));
  }

  /** One more worker. `environment` differs from that of the others. */
  async startWorker(environment: Record<string, string> = {}): Promise<WorkerProcess> {
    const worker = await startWorker(this.dist, this.folder, { ...this.environment, ...environment });
    this.workers.push(worker);
    return worker;
  }

  /** Starts a run as the Temporal UI does: with whatever was typed, or with nothing. */
  async start(...input: unknown[]): Promise<StartedRun> {
    const workflowId = `run-${randomUUID()}`;
    const handle = await this.client.workflow.start('activation', { taskQueue, workflowId, args: input });
    this.started.push({ workflowId, runId: handle.firstExecutionRunId });
    return handle;
  }

  /** Counts a workflow that Outflow has started by itself among those that were started here. */
  async include(workflowId: string): Promise<void> {
    const { runId } = await this.client.workflow.getHandle(workflowId).describe();
    this.started.push({ workflowId, runId });
  }

  /** Events of the workflows that were started here, and lines of the workers' logs, that hold this text anywhere. */
  async placesThatHold(text: string): Promise<string[]> {
    const places: string[] = [];
    for (const { workflowId, runId } of this.started) {
      const events = (await eventsOf(this.client, workflowId, runId)).flat();
      places.push(
        ...events
          .filter((event) => holds(event, text))
          .map(({ eventId }) => `event ${String(eventId)} of ${workflowId}`),
      );
    }
    const lines = this.workers.flatMap((worker) => worker.output().split('\n'));
    return [...places, ...lines.filter((line) => line.toLowerCase().includes(text))];
  }

  /** Runs an activation to its end, however that is. */
  async run(activation: string, mode?: RunMode): Promise<RunResult> {
    return this.resultOf(await this.start({ activation, ...(mode && { mode }) }));
  }

  /**
   * The result that the workflow ended with, which must be what the engine's database says of the run too, and add up.
   */
  async resultOf(handle: WorkflowHandle): Promise<RunResult> {
    const result = (await endedResult(handle)) ?? (await this.lastResultOf(handle.workflowId));
    expect(await runResult(this.engine, result.runId)).toEqual(result);
    const { counts } = result;
    expect(counts.unchanged + counts.new + counts.changed + counts.invalid + counts.deferred).toBe(counts.read);
    expect(counts.accepted + counts.rejected + counts.unsent).toBe(counts.new + counts.changed);
    return result;
  }

  /** A cancelled workflow says nothing but that. */
  private async lastResultOf(workflowId: string): Promise<RunResult> {
    const [run] = await this.stored(`select max(run_id) as id from outflow.run where workflow_id = '${workflowId}'`);
    return runResult(this.engine, Number(run?.['id']));
  }

  /**
   * Contacts of the segment, each with its app, whose values there are not what `sql` says: rows of `email` and of columns
   * that have the keys of Batch as names, such as "u.tier", null for a key that is not to be there.
   */
  async notInStep(sql: string, apps: readonly App[] = ['ios', 'android']): Promise<string[]> {
    const { rows } = await this.source.query<{ row: Record<string, unknown> }>(
      `select to_jsonb(s) as row from (${sql}) s`,
    );
    const differing = apps.map(async (app) => {
      const contacts = await this.destination.contacts(app);
      return rows
        .filter(({ row: { email, ...keys } }) => {
          const expected = Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== null));
          return !isDeepStrictEqual(contacts.get(email as string), expected);
        })
        .map(({ row }) => `${String(row['email'])} at ${app}`);
    });
    return (await Promise.all(differing)).flat();
  }

  /** Rows of the engine's database. */
  async stored(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.engine.db.raw<{ rows: Record<string, unknown>[] }>(sql)).rows;
  }
}
