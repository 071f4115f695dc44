import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Client,
  Connection,
  WorkflowFailedError,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import type { RunCounts, RunResult } from '../src/activation/run.js';
import { taskQueue } from '../src/activation/task-queues.js';
import type { Ground, Servers } from './ground.js';
import { startOf, stepTimes, type HistoryEvent } from './history.js';
import { attributes } from './source-data.js';
import { startWorker, type WorkerProcess } from '../test/support/start-worker.js';

/** What is applied for an activation that is measured. */
export interface ActivationPlan {
  /** Of its segment. */
  sql: string;
  /** `counting` if left out: as many calls as come. `paced`: one call a second. `slow`: answers late. */
  destination?: 'counting' | 'paced' | 'slow';
  /** HH:MM, UTC. Runs are started by the benchmark if left out. */
  daily?: string;
}

/** A run that has ended. Seconds by the event times of Temporal. */
export interface EndedRun {
  result: RunResult;
  /** From the start to the close of its workflow. */
  seconds: number;
  /** From the start of its workflow to the end of its diff: everything but sending. */
  untilDiffedSeconds: number;
  /** Its diff alone. */
  diffSeconds: number;
  /** Of its first workflow execution: the only one, below some hundred chunks. */
  history: HistoryEvent[];
}

type RunHandle = WorkflowHandleWithFirstExecutionRunId;

/** The product as its users have it: the built commands, an outflow.yaml, workers, and runs that Temporal starts. */
export class Outflow {
  readonly client: Client;
  private readonly dist: string;
  private readonly ground: Ground;
  private readonly environment: Record<string, string>;
  private readonly plans: Record<string, ActivationPlan> = {};

  constructor(parts: { dist: string; ground: Ground; environment: Record<string, string>; client: Client }) {
    this.dist = parts.dist;
    this.ground = parts.ground;
    this.environment = parts.environment;
    this.client = parts.client;
  }

  /** Applies these activations beside those that are there. */
  async add(plans: Record<string, ActivationPlan>): Promise<void> {
    Object.assign(this.plans, plans);
    const file = join(this.ground.folder, 'outflow.yaml');
    await writeFile(file, JSON.stringify(definitionsOf(this.plans))); // JSON is YAML
    await this.ground.run(process.execPath, [this.command, 'apply', '--yes', '--file', file], {
      cwd: this.ground.folder,
      env: this.environment,
    });
  }

  /** Starts `outflow worker` and waits until it serves Temporal. */
  async startWorker(settings: Record<string, string> = {}): Promise<WorkerProcess> {
    const { folder, signal } = this.ground;
    signal.throwIfAborted();
    const starting = startWorker(this.dist, folder, { ...this.environment, ...settings });
    return this.ground.keep(starting, (worker) => worker.kill());
  }

  /** Runs an activation to its end. Throws when its counts are not those expected: then it measured something else. */
  async run(activation: string, expected: Partial<RunCounts>): Promise<EndedRun> {
    const handle = await this.start(activation);
    const result = (await handle.result()) as RunResult;
    check(result, expected);
    const history = await this.historyOf(handle);
    const { closeTime } = await handle.describe();
    const startMs = startOf(history);
    const diff = diffTimes(history);
    return {
      result,
      seconds: (closeTime!.getTime() - startMs) / 1000,
      untilDiffedSeconds: (diff.completedMs - startMs) / 1000,
      diffSeconds: (diff.completedMs - diff.startedMs) / 1000,
      history,
    };
  }

  /** Runs an activation until its diff has ended, then cancels it. Seconds from the start of its workflow to that end. */
  async runUntilDiffed(activation: string): Promise<number> {
    const handle = await this.start(activation);
    await this.untilDiffed(handle);
    await handle.cancel();
    await handle.result().catch((error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw error;
    });
    const history = await this.historyOf(handle);
    return (diffTimes(history).completedMs - startOf(history)) / 1000;
  }

  private start(activation: string): Promise<RunHandle> {
    return this.client.workflow.start('activation', {
      taskQueue,
      workflowId: `activation/${activation}-${new Date().toISOString()}`,
      args: [{ activation }],
    });
  }

  private async historyOf({ workflowId, firstExecutionRunId }: RunHandle): Promise<HistoryEvent[]> {
    return (await this.client.workflow.getHandle(workflowId, firstExecutionRunId).fetchHistory()).events ?? [];
  }

  /** Lets Temporal tell each event as it happens: asking again and again would take time from what is measured. */
  private async untilDiffed({ workflowId, firstExecutionRunId }: RunHandle): Promise<void> {
    const { namespace } = this.client.options;
    const events: HistoryEvent[] = [];
    let nextPageToken: Uint8Array | undefined;
    do {
      const told = await this.client.workflowService.getWorkflowExecutionHistory({
        namespace,
        execution: { workflowId, runId: firstExecutionRunId },
        waitNewEvent: true,
        ...(nextPageToken && { nextPageToken }),
      });
      events.push(...(told.history?.events ?? []));
      if (stepTimes(events, diffStep)) return;
      nextPageToken = told.nextPageToken;
    } while (nextPageToken.length > 0);
    throw new Error(`${workflowId} has ended without a diff.`);
  }

  private get command(): string {
    return join(this.dist, 'cli', 'main.js');
  }
}

/** Connects the product with its servers, a source and its destinations. */
export async function startOutflow(
  dist: string,
  ground: Ground,
  { stack, source }: Servers,
  destinationUrls: { counting: string; paced: string; slow: string },
): Promise<Outflow> {
  // Never closed: it ends with this process, and a call that is repeated on a closed one throws where nobody can catch it.
  const connection = await Connection.connect({ address: stack.temporalAddress });
  return new Outflow({
    dist,
    ground,
    client: new Client({ connection }),
    environment: {
      PATH: process.env['PATH'] ?? '',
      HOME: ground.folder,
      OUTFLOW_DATABASE_URL: stack.databaseUrl,
      TEMPORAL_ADDRESS: stack.temporalAddress,
      SOURCE_URL: source.url(),
      COUNTING_URL: destinationUrls.counting,
      PACED_URL: destinationUrls.paced,
      SLOW_URL: destinationUrls.slow,
      REST_KEY: 'bench-rest-key',
      APP_KEY: 'bench-app-key',
    },
  });
}

const diffStep = 'diffSegment';

function diffTimes(history: HistoryEvent[]): { startedMs: number; completedMs: number } {
  const times = stepTimes(history, diffStep);
  if (!times) throw new Error('A run has no diff in its history.');
  return times;
}

function check({ activation, counts }: RunResult, expected: Partial<RunCounts>): void {
  for (const [name, count] of Object.entries(expected)) {
    const found = counts[name as keyof RunCounts];
    if (found !== count) throw new Error(`A run of ${activation} has ${found} contacts as ${name}, not ${count}.`);
  }
}

function definitionsOf(plans: Record<string, ActivationPlan>): object {
  const eachPlan = <T>(make: (plan: ActivationPlan, name: string) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(plans).map(([name, plan]) => [name, make(plan, name)]));
  const batch = { type: 'batch-mep', restKey: '${REST_KEY}', apiKeys: { app: '${APP_KEY}' } };
  return {
    sources: { warehouse: { type: 'postgres', url: '${SOURCE_URL}' } },
    segments: eachPlan(({ sql }) => ({ source: 'warehouse', sql })),
    destinations: {
      counting: { ...batch, url: '${COUNTING_URL}', callsPerSecond: 'off' },
      paced: { ...batch, url: '${PACED_URL}', callsPerSecond: 1 },
      slow: { ...batch, url: '${SLOW_URL}', callsPerSecond: 'off' },
    },
    activations: eachPlan(({ destination = 'counting', daily }, segment) => ({
      segment,
      destination,
      identifier: 'email',
      attributes,
      sharedAttributes: true,
      ...(daily !== undefined && { schedule: { daily, timezone: 'UTC' } }),
    })),
  };
}
