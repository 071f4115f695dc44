import { type Layout, projectionThrough, sameLayout } from '../../../src/activation/layout.js';
import { identifierFieldFault } from '../../../src/destinations/batch-mep/identifiers.js';
import type { ChangeChunk } from '../../../src/snapshot/chunks/chunk.js';
import { Deferrals } from '../../../src/snapshot/diff/deferrals.js';
import type { HashedSnapshot } from '../../../src/snapshot/index/known-lines.js';
import type { Layer } from '../../../src/snapshot/store/layer.js';
import { LineHasher } from '../../../src/snapshot/index/line-hash.js';
import { readSnapshot, type SnapshotParts } from '../../../src/snapshot/store/effective.js';
import { SendChunkRows } from '../../../src/snapshot/chunks/rows.js';
import { type RefusedRow, settleRefusals } from '../../../src/delivery/outbox/settle-refusals.js';
import { computeBothDiffs, splitLines } from '../both-diffs.js';
import { anyHasher, each } from '../diff-fixture.js';
import { hashedBlocks } from '../hashed-lines.js';
import type { DiffResult, HeldChunk, StandingRefusal, Store } from './store.js';
import { type App, apps, type Mapping } from './world.js';

interface MemoryChunk extends ChangeChunk {
  attempted: boolean;
  acked: boolean;
  owed: Buffer | null;
  settled?: { accepted: number; rejected: number; attributesSent: number };
}

interface MemoryRejection {
  id: number;
  run: number;
  identifier: Buffer;
  app: App;
  attribute: string | null;
  valuesHash: Buffer;
  attempts: number;
  dueAt: number;
  deferredInRun?: number;
}

interface MemoryRun {
  run: number;
  layout: Layout;
  chunks: MemoryChunk[];
  lateSeen: number;
  changes: number;
  published: boolean;
  sums: { accepted: number; rejected: number; attributesSent: number };
}

const noHashes = Buffer.alloc(0);

/** The engine's tables as plain arrays, with the pure parts of the snapshot on top. */
export class MemoryStore implements Store {
  private claim: number | undefined;
  private lastRun = 0;
  private runs: MemoryRun[] = [];
  private base:
    { layout: Layout; lines: Buffer; throughRun: number; invalidValues: number[]; hasher: LineHasher } | undefined;
  private owedBefore = 0;
  private lateSends: { id: number; layout: Layout; rows: SendChunkRows }[] = [];
  private lastLateSend = 0;
  private lastRejection = 0;
  private rejections: MemoryRejection[] = [];
  private now = 0;

  open(): Promise<number> {
    if (this.claim !== undefined) this.drop(this.claim);
    this.claim = ++this.lastRun;
    return Promise.resolve(this.claim);
  }

  async diff(
    run: number,
    segment: Buffer,
    mapping: Mapping,
    options: { full: boolean; chunkRows: number; dies: boolean },
  ): Promise<DiffResult> {
    if (options.full) this.owedBefore = run;
    const chunks: MemoryChunk[] = [];
    const { figures, deferrals } = await computeBothDiffs(
      {
        segment,
        pieces,
        snapshot: () => readSnapshot(this.parts(run), mapping.layout),
        rules: mapping.rules,
        hasher: this.base?.hasher ?? anyHasher,
        hashed: this.hashed(run, mapping.layout),
        deferrals: () => Promise.resolve(this.deferrals(options.full)),
        identifierFault: identifierFieldFault,
        standingInvalidValues: this.standing(mapping.layout),
        limits: { maxRows: options.chunkRows, maxBytes: 1 << 20 },
      },
      {
        chunk: (chunk) => {
          chunks.push({ ...chunk, attempted: false, acked: false, owed: null });
          return Promise.resolve();
        },
        invalidRows: () => Promise.resolve(),
      },
    );
    const changes = figures.new + figures.changed;
    const result = { ...figures, chunks: figures.sendChunks, invalidValues: sum(figures.invalidValues) };
    if (options.dies) return result;
    for (const rejection of this.rejections) {
      if (deferrals.deferredIds.includes(rejection.id)) rejection.deferredInRun = run;
    }
    this.runs.push({
      run,
      layout: mapping.layout,
      chunks,
      lateSeen: this.lastLateSend,
      changes,
      published: true,
      sums: { accepted: 0, rejected: 0, attributesSent: 0 },
    });
    return result;
  }

  settle(run: number): Promise<void> {
    for (const chunk of this.find(run).chunks) if (chunk.kind === 'settle') chunk.acked = true;
    return Promise.resolve();
  }

  load(run: number, seq: number, mapping: Mapping): Promise<HeldChunk> {
    const chunk = this.sendChunk(run, seq)!;
    return Promise.resolve({ run, seq, mapping, rows: new SendChunkRows(chunk, mapping.rules.length) });
  }

  mark(held: HeldChunk): Promise<boolean> {
    if (this.claim !== held.run) return Promise.resolve(false);
    this.sendChunk(held.run, held.seq)!.attempted = true;
    return Promise.resolve(true);
  }

  acknowledge(held: HeldChunk, refused: RefusedRow[], retryAfterMs: readonly number[]): Promise<boolean> {
    if (this.claim !== held.run) return Promise.resolve(false);
    const run = this.find(held.run);
    const chunk = this.sendChunk(held.run, held.seq)!;
    const settlement = settleRefusals(held.rows, held.mapping.rules, refused, apps.length);
    chunk.acked = true;
    chunk.owed = settlement.owed;
    chunk.invalidValues = chunk.invalidValues.map((count, i) => count - settlement.absentInvalidValues[i]!);
    run.sums.accepted += settlement.accepted;
    run.sums.rejected += settlement.rejected;
    run.sums.attributesSent += settlement.attributesSent;
    const sends = run.chunks.filter(({ kind }) => kind === 'send');
    const from = sends[held.seq - 2]?.lastKey;
    const to = held.seq === sends.length ? undefined : chunk.lastKey;
    const refusals = settlement.refusals.map(({ row, target, column, valuesHash }) => {
      const identifier = Buffer.from(held.rows.key(row));
      const same = this.rejections.filter(
        (old) => old.run < held.run && old.identifier.equals(identifier) && old.valuesHash.equals(valuesHash),
      );
      const attempts = Math.max(0, ...same.map((old) => old.attempts)) + 1;
      const dueAt = this.now + retryAfterMs[Math.min(attempts, retryAfterMs.length) - 1]!;
      return {
        ...{ id: ++this.lastRejection, run: held.run, identifier, app: target as App },
        attribute: column === undefined ? null : held.mapping.layout.columns[column]!.attribute,
        ...{ valuesHash, attempts, dueAt },
      };
    });
    this.heal(
      held.run,
      ({ identifier }) => !(from && identifier.compare(from) <= 0) && !(to && identifier.compare(to) > 0),
    );
    this.rejections.push(...refusals);
    return Promise.resolve(true);
  }

  recordLateSend(held: HeldChunk): Promise<void> {
    this.lateSends.push({ id: ++this.lastLateSend, layout: held.mapping.layout, rows: held.rows });
    return Promise.resolve();
  }

  async fold(_run: number, mapping: Mapping): Promise<void> {
    const above = this.runs.filter(({ chunks }) => chunks.length > 0);
    const due =
      this.lateSends.length > 0 || above.length >= 3 || (this.base && !sameLayout(this.base.layout, mapping.layout));
    if (!due) return;
    const lines = await collect(readSnapshot(this.parts(undefined), mapping.layout));
    const throughRun = Math.max(this.base?.throughRun ?? 0, ...above.map(({ run }) => run));
    const invalidValues = this.standing(mapping.layout);
    const hasher = new LineHasher(Buffer.alloc(32, `generation through ${throughRun}`));
    this.base = { layout: mapping.layout, lines, throughRun, invalidValues, hasher };
    for (const run of this.runs) if (run.run <= throughRun) run.chunks = [];
    this.lateSends = [];
  }

  close(run: number, outcome: 'completed' | 'cancelled'): ReturnType<Store['close']> {
    if (this.claim !== run) return Promise.resolve(undefined);
    this.drop(run);
    this.claim = undefined;
    const { sums, changes } = this.find(run);
    const unsent = changes - sums.accepted - sums.rejected;
    if (outcome === 'completed' && unsent === 0) this.heal(run, () => true);
    return Promise.resolve({ ...sums, unsent });
  }

  async effective(mapping: Mapping): Promise<Buffer> {
    return collect(readSnapshot(this.parts(undefined), mapping.layout));
  }

  refusals(): Promise<StandingRefusal[]> {
    return Promise.resolve(
      this.rejections.map(({ identifier, app, attribute, attempts, dueAt }) => {
        return { identifier: identifier.toString(), app, attribute, attempts, waits: dueAt > this.now };
      }),
    );
  }

  wait(ms: number): Promise<void> {
    this.now += ms;
    return Promise.resolve();
  }

  private deferrals(full: boolean): Deferrals {
    const waiting = new Map<string, { rejectionIds: number[]; valuesHash: Buffer }>();
    for (const { id, identifier, valuesHash, dueAt } of this.rejections) {
      if (full || dueAt <= this.now) continue;
      const key = identifier.toString('latin1');
      waiting.set(key, { rejectionIds: [...(waiting.get(key)?.rejectionIds ?? []), id], valuesHash });
    }
    return new Deferrals(waiting);
  }

  /** Settles the earlier refusals of these contacts that the run has not deferred. */
  private heal(run: number, isSettled: (rejection: MemoryRejection) => boolean): void {
    this.rejections = this.rejections.filter(
      (rejection) => rejection.run >= run || rejection.deferredInRun === run || !isSettled(rejection),
    );
  }

  private find(run: number): MemoryRun {
    return this.runs.find(({ run: id }) => id === run)!;
  }

  private drop(run: number): void {
    const ended = this.runs.find(({ run: id }) => id === run);
    if (ended) ended.chunks = ended.chunks.filter(({ acked, attempted }) => acked || attempted);
  }

  private sendChunk(run: number, seq: number): MemoryChunk | undefined {
    return this.runs
      .find(({ run: id }) => id === run)
      ?.chunks.find((chunk) => chunk.kind === 'send' && chunk.seq === seq);
  }

  private visible(run: MemoryRun, kind: 'send' | 'settle'): MemoryChunk[] {
    return run.chunks.filter((chunk) => chunk.kind === kind && (chunk.acked || chunk.attempted));
  }

  private parts(current: number | undefined): SnapshotParts {
    const layers: { level: number; layer: Layer }[] = [];
    for (const run of this.runs) {
      if (run.run === current) continue;
      for (const kind of ['send', 'settle'] as const) {
        const chunks = this.visible(run, kind).map((chunk) => ({ ...chunk, inDoubt: !chunk.acked }));
        if (chunks.length === 0) continue;
        layers.push({
          level: run.run,
          layer: { effect: 'lines', layout: run.layout, allOwed: run.run < this.owedBefore, chunks: each(chunks) },
        });
      }
    }
    for (const { id, layout, rows } of this.lateSends) {
      const level = Math.max(0, ...this.runs.filter(({ lateSeen }) => lateSeen < id).map(({ run }) => run)) + 0.5;
      const chunk = {
        rowCount: rows.count,
        flags: rows.flags,
        data: rows.data,
        owed: null,
        replaced: noHashes,
        inDoubt: false,
      };
      layers.push({ level, layer: { effect: 'late', layout, allOwed: false, chunks: each([chunk]) } });
    }
    return {
      base: this.base
        ? { layout: this.base.layout, allOwed: this.base.throughRun < this.owedBefore, blocks: pieces(this.base.lines) }
        : null,
      layers: layers.sort((a, b) => a.level - b.level).map(({ layer }) => layer),
    };
  }

  /** The snapshot by the hashes of its blocks and chunks, when these are those of lines in the layout. */
  private hashed(current: number, layout: Layout): HashedSnapshot | undefined {
    const { base } = this;
    const runs = this.runs.filter(({ run, chunks }) => run !== current && chunks.length > 0);
    if (base === undefined || base.throughRun < this.owedBefore || this.lateSends.length > 0) return undefined;
    if (![base, ...runs].every((other) => sameLayout(other.layout, layout))) return undefined;
    const { lines, hasher } = base;
    const blockLines = splitLines(lines);
    return {
      ...hashedBlocks(blockLines, hasher),
      layout,
      hasher,
      maxLines: blockLines.length + sum(runs.flatMap(({ chunks }) => chunks.map(({ rowCount }) => rowCount))),
      layers: () => this.parts(current).layers,
    };
  }

  private standing(wanted: Layout): number[] {
    const counts = wanted.columns.map(() => 0);
    const add = (path: readonly Layout[], values: readonly number[]): void =>
      projectionThrough(path, wanted).forEach((from, to) => (counts[to]! += from < 0 ? 0 : values[from]!));
    const chunks = this.runs.flatMap((run) =>
      [...this.visible(run, 'send'), ...this.visible(run, 'settle')].map((chunk) => ({ run, chunk })),
    );
    const layouts = chunks.map(({ run }) => run.layout);
    if (this.base && this.base.throughRun >= this.owedBefore)
      add([this.base.layout, ...layouts], this.base.invalidValues);
    chunks.forEach(({ run, chunk }, i) => {
      if (run.run >= this.owedBefore) add(layouts.slice(i), chunk.invalidValues);
    });
    return counts;
  }
}

/** In small pieces that cut lines anywhere, as a network does. */
async function* pieces(buffer: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  for (let at = 0; at < buffer.length; at += 37) yield buffer.subarray(at, at + 37);
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
