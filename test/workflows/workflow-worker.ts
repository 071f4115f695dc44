import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { Client, Connection, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  bundleWorkflowCode,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { afterAll } from 'vitest';
import type { RecoverySteps, RunSteps } from '../../src/activation/steps.js';
import { diffTaskQueue } from '../../src/activation/task-queues.js';
import type { activation } from '../../src/workflows/activation.js';
import { temporalAddress } from '../support/stack.js';

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** A worker in this process for the workflow, on task queues of its own. Each workflow has its own scripted steps. */
export interface WorkflowWorker {
  client: Client;
  taskQueue: string;
  /** Lets the workflow of this id be served by these steps. */
  play(workflowId: string, steps: PlayedSteps): void;
  /** Lets every other workflow be served by these steps. */
  playAll(steps: PlayedSteps): void;
  /** Starts `activation` with one argument, or with none. */
  start(steps: PlayedSteps, ...input: unknown[]): Promise<WorkflowHandleWithFirstExecutionRunId<typeof activation>>;
}

/**
 * Serves the shared server on a task queue of its own, if not told otherwise. `interceptors`: a module of workflow
 * interceptors beside this file. Ends with the test file.
 */
export async function startWorkflowWorker(
  options: { server?: string; taskQueue?: string; interceptors?: string } = {},
): Promise<WorkflowWorker> {
  const address = options.server ?? (await temporalAddress());
  const [bundle, native, connection] = await Promise.all([
    workflowBundle(options.interceptors),
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
  ]);
  const played = new Map<string, PlayedSteps>();
  const taskQueue = options.taskQueue ?? `test-${randomUUID()}`;
  const shared = {
    connection: native,
    activities: dispatcher(played),
    identity: 'test-worker',
    maxHeartbeatThrottleInterval: 50,
  };
  const workers = await Promise.all([
    Worker.create({ ...shared, taskQueue, workflowBundle: bundle }),
    Worker.create({ ...shared, taskQueue: diffTaskQueue(taskQueue) }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  afterAll(async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await native.close();
    await connection.close();
  });
  const client = new Client({ connection, identity: 'test-client' });
  return {
    client,
    taskQueue,
    play: (workflowId, steps) => played.set(workflowId, steps),
    playAll: (steps) => played.set(anyWorkflow, steps),
    start: (steps, ...args) => {
      const workflowId = `test/${randomUUID()}`;
      played.set(workflowId, steps);
      return client.workflow.start<typeof activation>('activation', {
        taskQueue,
        workflowId,
        args: args as [unknown?],
      });
    },
  };
}

/** The workflows as the sources stand, with these interceptors. */
export function workflowBundle(interceptors?: string): Promise<WorkflowBundleWithSourceMap> {
  const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  return bundleWorkflowCode({
    workflowsPath: path('../../src/workflows/index.ts'),
    ...(interceptors !== undefined && { workflowInterceptorModules: [path(interceptors)] }),
    logger: new DefaultLogger('ERROR'),
  });
}

const anyWorkflow = '*';

const stepNames = [
  'openRun',
  'loadSnapshot',
  'diffSegment',
  'settleDiff',
  'sendChunks',
  'foldSnapshot',
  'recordState',
  'closeRun',
  'openIncident',
  'awaitProbe',
  'probeCulprit',
  'endIncident',
] as const;

/** The steps that a test plays: those of a run, of a recovery, or of both. */
type PlayedSteps = Partial<RunSteps & RecoverySteps>;

function dispatcher(played: Map<string, PlayedSteps>): Record<string, (input: never) => Promise<unknown>> {
  return Object.fromEntries(
    stepNames.map((step) => [
      step,
      (input: never) => {
        const { workflowId } = Context.current().info.workflowExecution!;
        return (played.get(workflowId) ?? played.get(anyWorkflow))![step]!(input);
      },
    ]),
  );
}
