import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import { type EnginePosition, laterPosition } from '../activation/engine-position.js';
import { OutflowError } from '../activation/errors.js';

const TYPE = 'engine';
const SIGNAL = 'moved';
const GRPC_NOT_FOUND = 5;
const EVENTS_A_PAGE = 50;
/** Temporal takes 10,000 signals a workflow. */
const EVENTS_A_HISTORY = 5_000;
const { EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED } =
  proto.temporal.api.enums.v1.EventType;

/** The workflow that stands for the owner of a task queue. */
export function engineWorkflowId(taskQueue: string): string {
  return `engine/${taskQueue}`;
}

/**
 * Makes the engine the owner of the task queue, if it has none; harmless to repeat. Which of two comes first is decided by
 * Temporal, which starts only one workflow of an id. Throws EngineMismatch when it belongs to another engine.
 */
export async function ownTaskQueue(client: Client, taskQueue: string, position: EnginePosition): Promise<void> {
  for (;;) {
    const known = await readEngineRecord(client, taskQueue);
    if (known?.isOpen) {
      refuseOtherOwner(client, taskQueue, known.position, position.engine);
      return;
    }
    const start = known?.position.engine === position.engine ? laterPosition(known.position, position) : position;
    try {
      await client.workflow.start(TYPE, startOf(taskQueue, start));
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}

/** Lets Temporal know a position. What it knows already stays when it is later. */
export async function recordPosition(client: Client, taskQueue: string, position: EnginePosition): Promise<void> {
  await client.workflow.signalWithStart(TYPE, {
    ...startOf(taskQueue, position),
    signal: SIGNAL,
    signalArgs: [position],
  });
}

/**
 * What Temporal was told of the engine's database, if it remembers. Throws EngineMismatch when the task queue belongs to
 * another engine. `readPosition` reads the database.
 */
export async function readToldPosition(
  client: Client,
  taskQueue: string,
  engine: string,
  readPosition: () => Promise<EnginePosition>,
): Promise<EnginePosition | undefined> {
  const record = await readEngineRecord(client, taskQueue);
  if (!record) return undefined;
  if (record.isOpen) refuseOtherOwner(client, taskQueue, record.position, engine);
  else if (record.position.engine !== engine) return undefined;
  if (record.isOpen && record.events > EVENTS_A_HISTORY) await renew(client, taskQueue, record.position, readPosition);
  return record.position;
}

/** A new history in place of one that has grown long. */
async function renew(
  client: Client,
  taskQueue: string,
  position: EnginePosition,
  readPosition: () => Promise<EnginePosition>,
): Promise<void> {
  const start = startOf(taskQueue, position);
  await client.workflow.start(TYPE, { ...start, workflowIdConflictPolicy: 'TERMINATE_EXISTING' });
  // A position that came just before stands in the database since: it was written there first.
  await recordPosition(client, taskQueue, await readPosition());
}

/**
 * On a task queue that nobody serves: the workflow takes no step, so that each signal stands in its history at once. While a
 * worker is at work on a workflow, signals wait beside the history, unseen.
 */
function startOf(taskQueue: string, position: EnginePosition) {
  return {
    taskQueue: `${taskQueue}-owner`,
    workflowId: engineWorkflowId(taskQueue),
    args: [position],
    staticSummary: `Owner of the task queue ${taskQueue}`,
    staticDetails: `Says which engine the task queue ${taskQueue} belongs to, and how far its database has come. It takes no step and needs no worker. Whoever terminates it gives the task queue free.`,
  };
}

export interface EngineRecord {
  /** The latest that Temporal was told. */
  position: EnginePosition;
  /** Whether the workflow that stands for it runs: one that somebody has ended owns nothing. */
  isOpen: boolean;
  /** In its history. */
  events: number;
}

/**
 * What Temporal knows of the owner of the task queue, from the history itself: lists are late by moments. undefined when
 * there is none, or none is remembered any more.
 */
export async function readEngineRecord(client: Client, taskQueue: string): Promise<EngineRecord | undefined> {
  const { namespace } = client.options;
  const execution = { workflowId: engineWorkflowId(taskQueue) };
  let position: EnginePosition | undefined;
  let isOpen = true;
  let newestEvent = 0;
  let nextPageToken: Uint8Array = new Uint8Array();
  let isFirst = true;
  do {
    const page = await client.workflowService
      .getWorkflowExecutionHistoryReverse({
        namespace,
        execution,
        maximumPageSize: EVENTS_A_PAGE,
        nextPageToken,
      })
      .catch(undefinedIfUnknown);
    if (!page) return undefined;
    const events = page.history?.events ?? [];
    if (isFirst) {
      isOpen = !isEnd(events[0]);
      newestEvent = Number(events[0]?.eventId ?? 0);
    }
    isFirst = false;
    for (const event of events) {
      const told = positionIn(event);
      if (told) position = position ? laterPosition(position, told) : told;
      // Signals of several workers may have changed places, but not over a whole page.
      if (event.eventType === EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
        return position && { position, isOpen, events: newestEvent };
    }
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0 && position === undefined);
  return position && { position, isOpen, events: newestEvent };
}

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;

function positionIn(event: HistoryEvent): EnginePosition | undefined {
  const payloads =
    event.eventType === EVENT_TYPE_WORKFLOW_EXECUTION_STARTED
      ? event.workflowExecutionStartedEventAttributes?.input?.payloads
      : event.eventType === EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
        ? event.workflowExecutionSignaledEventAttributes?.input?.payloads
        : undefined;
  const [payload] = payloads ?? [];
  if (!payload) return undefined;
  const position = defaultPayloadConverter.fromPayload<Partial<EnginePosition> | null>(payload);
  return typeof position?.engine === 'string' ? (position as EnginePosition) : undefined;
}

function isEnd(event: HistoryEvent | undefined): boolean {
  return (
    event?.workflowExecutionCompletedEventAttributes != null ||
    event?.workflowExecutionFailedEventAttributes != null ||
    event?.workflowExecutionCanceledEventAttributes != null ||
    event?.workflowExecutionTerminatedEventAttributes != null ||
    event?.workflowExecutionTimedOutEventAttributes != null
  );
}

/** Throws EngineMismatch when the task queue belongs to another engine than `engine`. */
export function refuseOtherOwner(client: Client, taskQueue: string, owner: EnginePosition, engine: string): void {
  if (owner.engine === engine) return;
  const { namespace } = client.options;
  throw new OutflowError(
    'EngineMismatch',
    `The task queue ${taskQueue} in Temporal's namespace ${namespace} belongs to another engine: its database has the id ${owner.engine}, this one ${engine}.`,
    `Give this engine a task queue of its own with OUTFLOW_TASK_QUEUE, or a namespace of its own with TEMPORAL_NAMESPACE. If the other engine is gone for good: temporal workflow terminate --namespace ${namespace} --workflow-id ${engineWorkflowId(taskQueue)}`,
  );
}

function undefinedIfUnknown(error: unknown): undefined {
  if ((error as { code?: unknown }).code === GRPC_NOT_FOUND) return undefined;
  throw error;
}
