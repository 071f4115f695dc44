import { randomUUID } from 'node:crypto';
import type { Definitions } from '../../src/activation/definitions.js';
import { applyDefinitions, readApplied } from '../../src/engine/definitions/apply.js';
import { type Engine, openEngine } from '../../src/engine/database/database.js';
import { defaultSettings } from '../support/default-settings.js';
import { type Applicant, openRun } from '../../src/engine/runs/open-run.js';
import { planApply } from '../../src/engine/definitions/plan-apply.js';
import { freshEngineDatabase } from '../support/stack.js';
import { batchMepDefinition } from '../support/batch-mep.js';

export interface TestEngine {
  engine: Engine;
  url: string;
  /** Ends the pool and drops the database. */
  drop(): Promise<void>;
}

/** The database of an engine of its own. */
export async function freshEngine(): Promise<TestEngine> {
  const database = await freshEngineDatabase();
  const engine = openEngine(database.url, { applicationName: 'outflow test' });
  return {
    engine,
    url: database.url,
    async drop() {
      await engine.end();
      await database.drop();
    },
  };
}

/** Definitions of activations with these names, all alike. */
export function definitionsOf(...names: string[]): Definitions {
  return {
    sources: {
      warehouse: { name: 'warehouse', type: 'postgres', settings: { url: '${WAREHOUSE_URL}' }, concurrentReads: 4 },
    },
    segments: { everybody: { name: 'everybody', source: 'warehouse', sql: 'select email, tier from customers' } },
    destinations: {
      app: batchMepDefinition(),
    },
    activations: Object.fromEntries(
      names.map((name) => [
        name,
        {
          name,
          segment: 'everybody',
          destination: 'app',
          identifier: 'email',
          attributes: [
            { attribute: 'tier', field: 'tier', onTooLong: 'leave-out', onNotFinite: 'leave-out', onNull: 'clear' },
          ],
          schedule: [],
          sharedAttributes: true,
          ...defaultSettings(),
        },
      ]),
    ),
    alertChannels: {},
  };
}

export async function applyAll(engine: Engine, definitions: Definitions): Promise<number> {
  return applyDefinitions(engine, definitions, planApply(await readApplied(engine.db), definitions));
}

/** A workflow that nothing else resembles. */
export function applicant(activation: string, differences: Partial<Applicant> = {}): Applicant {
  const temporalRunId = randomUUID();
  return {
    request: { activation },
    trigger: 'manual',
    workflowId: `workflow-${temporalRunId}`,
    temporalRunId,
    firstRunId: temporalRunId,
    namespace: 'default',
    cluster: 'test-cluster',
    ...differences,
  };
}

export const everybodyIsDead = () => Promise.resolve(false);
export const everybodyLives = () => Promise.resolve(true);

/** Opens a run, which must not be skipped. */
export async function opened(engine: Engine, by: Applicant) {
  const run = await openRun(engine, by, everybodyIsDead);
  if (run.kind !== 'opened') throw new Error(`The run was skipped: ${run.result.error?.message ?? ''}`);
  return run;
}

export interface PublishedDiff {
  read?: number;
  unchanged?: number;
  new?: number;
  changed?: number;
  gone?: number;
  deferred?: number;
  invalid?: Record<string, number>;
  invalidValues?: number[];
}

/** Writes what a diff leaves when it is done: its figures. Chunks are written by `writeChunk`. */
export async function publishDiff(
  engine: Engine,
  run: { activationId: number; runId: number },
  diff: PublishedDiff,
  diffAttempt = 1,
): Promise<void> {
  await engine.db('outflow.run_diff').insert({
    run_id: run.runId,
    activation_id: run.activationId,
    diff_attempt: diffAttempt,
    layout: { identifier: 'email', columns: [{ attribute: 'tier', type: 'text', kind: 'text', rendering: 'string' }] },
    late_send_seen: 0,
    read: diff.read ?? 0,
    unchanged: diff.unchanged ?? 0,
    new: diff.new ?? 0,
    changed: diff.changed ?? 0,
    gone: diff.gone ?? 0,
    deferred: diff.deferred ?? 0,
    invalid: diff.invalid ?? {},
    invalid_values: diff.invalidValues ?? [0],
    send_chunks: 0,
    settle_chunks: 0,
    known_after: 0,
    guard_figures: { acknowledgedBefore: false },
    read_mode: 'sorted',
  });
}

export interface WrittenChunk {
  seq: number;
  rows: number;
  kind?: 'send' | 'settle';
  diffAttempt?: number;
  /** Seconds ago. */
  attempted?: number;
  /** `settled`: of a kind that has no answers. */
  acked?: 'settled' | { accepted: number; rejected: number; attributesSent: number };
  requests?: number;
  invalidValues?: number[];
}

export async function writeChunk(
  engine: Engine,
  run: { activationId: number; runId: number },
  chunk: WrittenChunk,
): Promise<void> {
  const answers = chunk.acked === 'settled' ? undefined : chunk.acked;
  const secondsAgo = (seconds: number) => engine.db.raw('clock_timestamp() - make_interval(secs => ?)', [seconds]);
  await engine.db('outflow.change_chunk').insert({
    activation_id: run.activationId,
    run_id: run.runId,
    diff_attempt: chunk.diffAttempt ?? 1,
    kind: chunk.kind ?? 'send',
    seq: chunk.seq,
    row_count: chunk.rows,
    last_key: Buffer.from(`key-${chunk.seq}`),
    flags: Buffer.alloc(0),
    data: Buffer.alloc(0),
    replaced: Buffer.alloc(0),
    invalid_values: chunk.invalidValues ?? [0],
    sending: chunk.attempted !== undefined,
    attempted_at: chunk.attempted === undefined ? null : secondsAgo(chunk.attempted),
    requests: chunk.requests ?? 0,
    acked_at: chunk.acked ? secondsAgo(0) : null,
    accepted: answers?.accepted ?? null,
    rejected: answers?.rejected ?? null,
    attributes_sent: answers?.attributesSent ?? null,
  });
}

/** `run_id/kind/seq/diff_attempt` of the chunks that are left, in order. */
export async function chunksLeft(engine: Engine): Promise<string[]> {
  const rows = await engine
    .db<{ run_id: number; kind: string; seq: number; diff_attempt: number }>('outflow.change_chunk')
    .orderBy(['run_id', 'diff_attempt', 'kind', 'seq'])
    .select();
  return rows.map((row) => `${row.run_id}/${row.kind}/${row.seq}/${row.diff_attempt}`);
}

/** Resolves when a session of this database waits for a lock. */
export async function somebodyWaitsForALock(engine: Engine): Promise<void> {
  for (;;) {
    const { rows } = await engine.db.raw<{ rows: unknown[] }>(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
  }
}

/** A promise that the test resolves. */
export function promised(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
}
