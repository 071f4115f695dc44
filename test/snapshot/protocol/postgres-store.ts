import { batchMepDefinition } from '../../support/batch-mep.js';
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { identifierFieldFault } from '../../../src/destinations/batch-mep/identifiers.js';
import { OutflowError } from '../../../src/activation/errors.js';
import type { Layout } from '../../../src/activation/layout.js';
import { applyDefinitions, readApplied } from '../../../src/engine/definitions/apply.js';
import { closeRun } from '../../../src/engine/runs/close-run.js';
import { type Engine, openEngine } from '../../../src/engine/database/database.js';
import { decideMode } from '../../../src/engine/runs/full-run.js';
import type { ClaimedRun } from '../../../src/engine/claim/claimed-run.js';
import { defaultSettings } from '../../support/default-settings.js';
import { migrate } from '../../../src/engine/database/migrate.js';
import { openRun } from '../../../src/engine/runs/open-run.js';
import { planApply } from '../../../src/engine/definitions/plan-apply.js';
import { loadDeferrals } from '../../../src/snapshot/diff/deferrals.js';
import { foldSnapshot } from '../../../src/snapshot/store/fold.js';
import { acknowledge } from '../../../src/delivery/outbox/acknowledge.js';
import { markAttempt } from '../../../src/delivery/outbox/attempt.js';
import type { OutboxChunk } from '../../../src/delivery/outbox/chunk.js';
import { recordLateSend } from '../../../src/delivery/outbox/late-send.js';
import { loadChunk } from '../../../src/delivery/outbox/load.js';
import type { HashedSnapshot } from '../../../src/snapshot/index/known-lines.js';
import { readSnapshot } from '../../../src/snapshot/store/effective.js';
import { repeatedDiff } from '../../../src/snapshot/diff/repeated-diff.js';
import { type RefusedRow, settleRefusals } from '../../../src/delivery/outbox/settle-refusals.js';
import type { SendChunkRows } from '../../../src/snapshot/chunks/rows.js';
import { settleDiff } from '../../../src/snapshot/diff/settle-diff.js';
import { DiffStore } from '../../../src/snapshot/diff/diff-store.js';
import { openSnapshot, type Snapshot } from '../../../src/snapshot/store/snapshot.js';
import { computeBothDiffs } from '../both-diffs.js';
import type { DiffResult, HeldChunk, StandingRefusal, Store } from './store.js';
import { apps, type Mapping } from './world.js';

let workflows = 0;

/** The protocol through the real engine database, one activation of its own. */
export class PostgresStore implements Store {
  /** Diffs that could have been told without reading: the rows were those of the diff before. */
  static repeated = 0;
  private readonly engine: Engine;
  private readonly activation: string;
  private activationId = 0;
  /** By their rows. */
  private readonly loaded = new WeakMap<SendChunkRows, OutboxChunk>();

  constructor(engine: Engine, activation: string) {
    this.engine = engine;
    this.activation = activation;
  }

  async open(): Promise<number> {
    const id = `workflow-${++workflows}`;
    const applicant = {
      request: { activation: this.activation },
      trigger: 'manual' as const,
      workflowId: id,
      temporalRunId: id,
      firstRunId: id,
      namespace: 'default',
      cluster: 'test',
    };
    const opened = await openRun(this.engine, applicant, () => Promise.resolve(false));
    if (opened.kind === 'skipped') throw new Error('the run was skipped');
    this.activationId = opened.activationId;
    return opened.runId;
  }

  async diff(
    run: number,
    segment: Buffer,
    mapping: Mapping,
    options: { full: boolean; chunkRows: number; dies: boolean },
  ): Promise<DiffResult> {
    const claimed = this.claimed(run);
    await decideMode(this.engine, {
      run: claimed,
      targets: { ios: 'a', android: 'b' },
      ...(options.full && { requestedMode: 'full' as const }),
    });
    const client = await this.engine.connect();
    const view = await openSnapshot(this.engine, claimed, 'earlier runs');
    let atRest = false; // a diff that dies leaves chunks on their way
    try {
      const checksum = createHash('sha256').update(segment).digest('hex');
      const repeated = await repeatedDiff(
        client,
        claimed,
        { hasLateSends: view.hasLateSends, isMergeDue: false },
        mapping.layout,
      );
      const store = await DiffStore.begin(client, claimed);
      const { figures, deferrals } = await computeBothDiffs(
        {
          segment,
          pieces: once,
          snapshot: () => readSnapshot(view.parts(), mapping.layout),
          rules: mapping.rules,
          hasher: view.hasher,
          hashed: hashedOf(view, mapping.layout),
          deferrals: () => loadDeferrals(client, claimed),
          identifierFault: identifierFieldFault,
          standingInvalidValues: view.standingInvalidValues(mapping.layout),
          limits: { maxRows: options.chunkRows, maxBytes: 1 << 20 },
        },
        store,
      );
      if (repeated?.checksum === checksum) {
        PostgresStore.repeated++;
        expect(repeated.figures).toEqual(figures);
        expect(new Set(repeated.deferredIds)).toEqual(new Set(deferrals.deferredIds));
      }
      await store.stored(); // the connection must be at rest when the next one has it
      const invalidValues = figures.invalidValues.reduce((sum, count) => sum + count, 0);
      if (options.dies) return { ...figures, invalidValues, chunks: figures.sendChunks };
      const published = await store.publish({
        layout: mapping.layout,
        lateSendSeen: view.lateSendSeen,
        acknowledgedBefore: view.hasAcknowledged,
        deferredIds: deferrals.deferredIds,
        figures,
        readMode: 'sorted',
        checksum,
      });
      atRest = true;
      const { known, changed: differing, nulled } = published.guardFigures;
      return {
        ...published,
        chunks: published.sendChunks,
        invalidValues,
        known,
        differing,
        nulled: mapping.layout.columns.map(({ attribute }) => nulled[attribute] ?? 0),
      };
    } finally {
      view.close();
      this.engine.release(client, atRest);
    }
  }

  async settle(run: number): Promise<void> {
    await settleDiff(this.engine, this.claimed(run));
  }

  async load(run: number, seq: number, mapping: Mapping): Promise<HeldChunk> {
    const chunk = (await loadChunk(this.engine, this.claimed(run), seq)) as OutboxChunk;
    this.loaded.set(chunk.rows, chunk);
    return { run, seq, rows: chunk.rows, mapping };
  }

  async mark(held: HeldChunk): Promise<boolean> {
    return unlessSuperseded(markAttempt(this.engine, this.loaded.get(held.rows)!));
  }

  async acknowledge(held: HeldChunk, refused: RefusedRow[], retryAfterMs: readonly number[]): Promise<boolean> {
    const settlement = settleRefusals(held.rows, held.mapping.rules, refused, apps.length);
    return unlessSuperseded(acknowledge(this.engine, this.loaded.get(held.rows)!, settlement, retryAfterMs));
  }

  async recordLateSend(held: HeldChunk): Promise<void> {
    await recordLateSend(this.engine, this.loaded.get(held.rows)!);
  }

  async fold(run: number, mapping: Mapping): Promise<void> {
    await foldSnapshot(this.engine, this.claimed(run), mapping.layout, mapping.rules, () => undefined);
  }

  async close(run: number, outcome: 'completed' | 'cancelled'): ReturnType<Store['close']> {
    const result = await closeRun(this.engine, { ...this.claimed(run), outcome });
    return { ...result.counts, attributesSent: result.attributesSent };
  }

  async effective(mapping: Mapping): Promise<Buffer> {
    if (this.activationId === 0) return Buffer.alloc(0);
    const view = await openSnapshot(this.engine, this.claimed(0), 'this run too');
    const parts: Buffer[] = [];
    try {
      for await (const part of readSnapshot(view.parts(), mapping.layout)) parts.push(part);
    } finally {
      view.close();
    }
    return Buffer.concat(parts);
  }

  async refusals(): Promise<StandingRefusal[]> {
    const { rows } = await this.engine.db.raw<{
      rows: (Omit<StandingRefusal, 'identifier'> & { identifier: Buffer })[];
    }>(
      `select identifier, target as app, attribute, attempts, due_at > statement_timestamp() as waits
       from outflow.rejection where activation_id = ?`,
      [this.activationId],
    );
    return rows.map((row) => ({ ...row, identifier: row.identifier.toString() }));
  }

  async wait(ms: number): Promise<void> {
    await this.engine.db.raw(
      'update outflow.rejection set due_at = due_at - make_interval(secs => ? / 1000.0) where activation_id = ?',
      [ms, this.activationId],
    );
  }

  private claimed(runId: number): ClaimedRun {
    return { activationId: this.activationId, runId };
  }
}

/** An engine with activations to play histories on. */
export async function engineWithActivations(url: string, names: readonly string[]): Promise<Engine> {
  const engine = openEngine(url, { applicationName: 'outflow-test' });
  await migrate(engine);
  const definitions = {
    sources: {
      shop: { name: 'shop', type: 'postgres' as const, settings: { url: '${SHOP_URL}' }, concurrentReads: 4 },
    },
    segments: { all: { name: 'all', source: 'shop', sql: 'select 1' } },
    destinations: {
      app: batchMepDefinition({ url: 'https://batch.test', callsPerSecond: 'off' }),
    },
    activations: Object.fromEntries(
      names.map((name) => [
        name,
        {
          name,
          segment: 'all',
          destination: 'app',
          identifier: 'id',
          attributes: [],
          schedule: [],
          sharedAttributes: true,
          ...defaultSettings(),
        },
      ]),
    ),
    alertChannels: {},
  };
  await applyDefinitions(engine, definitions, planApply(await readApplied(engine.db), definitions));
  return engine;
}

/** The snapshot by its stored hashes, when these apply. */
function hashedOf(view: Snapshot, layout: Layout): HashedSnapshot | undefined {
  const maxLines = view.linesIn(layout);
  return maxLines === undefined ? undefined : view.hashed(layout, maxLines);
}

async function unlessSuperseded(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof OutflowError && error.code === 'RunSuperseded') return false;
    throw error;
  }
}

async function* once(buffer: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  if (buffer.length > 0) yield buffer;
}
