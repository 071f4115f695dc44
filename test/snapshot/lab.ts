import type { Layout } from '../../src/activation/layout.js';
import type { RunResult } from '../../src/activation/run.js';
import { unescapeField } from '../../src/lines/format.js';
import { identifierFieldFault } from '../../src/destinations/batch-mep/identifiers.js';
import { defaultRetryRejectedAfterMs } from '../../src/activation/definitions.js';
import { closeRun } from '../../src/engine/runs/close-run.js';
import type { Engine, EngineConnection } from '../../src/engine/database/database.js';
import type { ClaimedRun } from '../../src/engine/claim/claimed-run.js';
import { computeDiff } from '../../src/snapshot/diff/merge.js';
import { loadDeferrals } from '../../src/snapshot/diff/deferrals.js';
import { foldSnapshot } from '../../src/snapshot/store/fold.js';
import { acknowledge } from '../../src/delivery/outbox/acknowledge.js';
import { markAttempt } from '../../src/delivery/outbox/attempt.js';
import type { OutboxChunk } from '../../src/delivery/outbox/chunk.js';
import { loadChunk } from '../../src/delivery/outbox/load.js';
import { readSnapshot } from '../../src/snapshot/store/effective.js';
import { type RefusedRow, settleRefusals } from '../../src/delivery/outbox/settle-refusals.js';
import { settleDiff } from '../../src/snapshot/diff/settle-diff.js';
import { DiffStore, type PublishedDiff } from '../../src/snapshot/diff/diff-store.js';
import { openSnapshot } from '../../src/snapshot/store/snapshot.js';
import { applicant, applyAll, definitionsOf, freshEngine, opened, promised } from '../engine/engine-fixture.js';
import { type Contact, linesOf, nameAndTier, owed, piecesOf, ruleOf, type TestAttribute } from './diff-fixture.js';
import { columnOf } from '../sources/postgres/column.js';

/** The number of apps of its destination. */
const API_KEYS = 2;

/** An activation in an engine database of its own, and the steps of its runs by hand. */
export interface Lab {
  engine: Engine;
  url: string;
  /** Opens a run, taking over from one that is open. */
  open(): Promise<ClaimedRun>;
  diff(
    run: ClaimedRun,
    contacts: readonly Contact[],
    attributes?: readonly TestAttribute[],
    maxRows?: number,
  ): Promise<PublishedDiff>;
  /** All of `diff` but the publication, which is returned. */
  unpublished(run: ClaimedRun, contacts: readonly Contact[], maxRows?: number): Promise<() => Promise<PublishedDiff>>;
  /** Makes what needs no request part of the snapshot. */
  settle(run: ClaimedRun): Promise<void>;
  /** Of one that is not acknowledged. */
  load(run: ClaimedRun, seq?: number): Promise<OutboxChunk>;
  /** Marks a chunk, as before a request, and acknowledges it. */
  deliver(chunk: OutboxChunk, refused?: readonly RefusedRow[]): Promise<void>;
  /** `through`: the engine of a process that can be stopped, see `stoppable`. */
  fold(
    run: ClaimedRun,
    options?: { onBlock?: () => void; through?: Engine },
  ): Promise<{ folded: boolean; contacts: number }>;
  close(run: ClaimedRun): Promise<RunResult>;
  /** Ends the run before anything of it is settled or sent. */
  cancel(run: ClaimedRun): Promise<RunResult>;
  /** A whole run, all of it accepted. */
  run(contacts: readonly Contact[], attributes?: readonly TestAttribute[]): Promise<RunResult>;
  /** What the next run is compared with. */
  snapshot(attributes?: readonly TestAttribute[]): Promise<Contact[]>;
  drop(): Promise<void>;
}

export async function lab(): Promise<Lab> {
  const { engine, url, drop } = await openLab();
  const clients: EngineConnection[] = [];

  const unpublished = async (
    run: ClaimedRun,
    contacts: readonly Contact[],
    attributes: readonly TestAttribute[],
    maxRows: number,
  ) => {
    const client = await engine.connect();
    clients.push(client);
    const layout = layoutOf(attributes);
    const view = await openSnapshot(engine, run, 'earlier runs');
    const compute = async () => {
      const deferrals = await loadDeferrals(client, run);
      const store = await DiffStore.begin(client, run);
      const figures = await computeDiff(
        {
          segment: piecesOf(linesOf(contacts)),
          snapshot: readSnapshot(view.parts(), layout),
          hasher: view.hasher,
          rowsRead: () => contacts.length,
          deferrals,
          rules: attributes.map(ruleOf),
          identifierFault: identifierFieldFault,
          standingInvalidValues: view.standingInvalidValues(layout),
          limits: { maxRows, maxBytes: 1 << 20 },
        },
        store,
      );
      await store.stored();
      return { deferrals, store, figures };
    };
    const { deferrals, store, figures } = await compute().finally(() => view.close());
    return () =>
      store.publish({
        layout,
        lateSendSeen: view.lateSendSeen,
        acknowledgedBefore: view.hasAcknowledged,
        deferredIds: deferrals.deferredIds,
        figures,
        readMode: 'sorted',
      });
  };

  const it: Lab = {
    engine,
    url,
    open: () => opened(engine, applicant('loyalty')),
    unpublished: (run, contacts, maxRows = 10_000) => unpublished(run, contacts, nameAndTier, maxRows),
    diff: async (run, contacts, attributes = nameAndTier, maxRows = 10_000) =>
      (await unpublished(run, contacts, attributes, maxRows))(),
    settle: (run) => settleDiff(engine, run),
    load: async (run, seq = 1) => (await loadChunk(engine, run, seq)) as OutboxChunk,
    async deliver(chunk, refused = []) {
      await markAttempt(engine, chunk);
      await acknowledge(engine, chunk, settlementOf(chunk, refused), defaultRetryRejectedAfterMs);
    },
    fold: (run, { onBlock = () => undefined, through = engine } = {}) =>
      foldSnapshot(through, run, layoutOf(nameAndTier), nameAndTier.map(ruleOf), onBlock),
    close: (run) => closeRun(engine, { activationId: run.activationId, runId: run.runId, outcome: 'completed' }),
    cancel: (run) => closeRun(engine, { activationId: run.activationId, runId: run.runId, outcome: 'cancelled' }),
    async run(contacts, attributes = nameAndTier) {
      const run = await it.open();
      const { sendChunks, settleChunks } = await it.diff(run, contacts, attributes);
      if (settleChunks > 0) await it.settle(run);
      for (let seq = 1; seq <= sendChunks; seq++) await it.deliver(await it.load(run, seq));
      return it.close(run);
    },
    async snapshot(attributes = nameAndTier) {
      const [activation] = await engine.db<{ activation_id: number }>('outflow.activation').select();
      const everything = { activationId: activation!.activation_id, runId: 0 };
      const view = await openSnapshot(engine, everything, 'this run too');
      const pieces: Buffer[] = [];
      try {
        for await (const piece of readSnapshot(view.parts(), layoutOf(attributes))) pieces.push(piece);
      } finally {
        view.close();
      }
      return contactsOf(Buffer.concat(pieces));
    },
    async drop() {
      for (const client of clients) engine.release(client, false);
      await drop();
    },
  };
  return it;
}

/** The engine as a process has it that is stopped before its connection with this number, until it goes on. */
export function stoppable(engine: Engine, beforeConnection: number) {
  const stopped = promised();
  const goOn = promised();
  let connections = 0;
  const stopping: Engine = {
    ...engine,
    async connect() {
      if (++connections === beforeConnection) {
        stopped.resolve();
        await goOn.promise;
      }
      return engine.connect();
    },
  };
  return { engine: stopping, stopped: stopped.promise, goOn: () => goOn.resolve() };
}

async function openLab() {
  const fresh = await freshEngine();
  await applyAll(fresh.engine, definitionsOf('loyalty'));
  return { engine: fresh.engine, url: fresh.url, drop: () => fresh.drop() };
}

export function settlementOf(chunk: OutboxChunk, refused: readonly RefusedRow[] = []) {
  return settleRefusals(chunk.rows, attributesOf(chunk.layout).map(ruleOf), refused, API_KEYS);
}

export function layoutOf(attributes: readonly TestAttribute[]): Layout {
  return {
    identifier: 'email',
    columns: attributes.map((attribute) => ({
      attribute: attribute.attribute,
      type: attribute.column,
      kind: columnOf(attribute.column).kind!,
      rendering: ruleOf(attribute).rendering,
    })),
  };
}

function attributesOf(layout: Layout): TestAttribute[] {
  return layout.columns.map(({ attribute, type }) => ({ attribute, column: type }));
}

function contactsOf(lines: Buffer): Contact[] {
  return lines
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t').map((field) => (field === '\\U' ? owed : unescapeField(field))));
}
