import { NEWLINE } from '../../lines/format.js';
import type { AttributeRule, InvalidRowReason } from '../../activation/rendering.js';
import type { DiffCounts } from '../../activation/run.js';
import { type BuiltChunk, Operation } from '../chunks/chunk.js';
import { ChunkBuilder } from '../chunks/builder.js';
import { commonStretch } from '../../lines/common-stretch.js';
import { RowComparison } from './compare-rows.js';
import type { Deferrals } from './deferrals.js';
import { PendingRow } from './pending-row.js';
import { InvalidRows } from './invalid-rows.js';
import type { LineHash, LineHasher } from '../index/line-hash.js';
import { compareLineKeys, endOfKey, isNullKey, keyOf } from '../../lines/keys.js';
import { LineStream } from '../../lines/stream.js';
import { PreviousRow } from './previous-row.js';
import type { RowVerdict } from './verdict.js';
import { hashOfSentValues } from './sent-values.js';

export interface DiffInput {
  /** The segment's rows as COPY text: identifier, then the columns of the layout, in the order of the identifier's bytes. */
  segment: AsyncIterable<Buffer>;
  /** The effective snapshot in the same layout and order; `\U` for an owed value. */
  snapshot: AsyncIterable<Buffer>;
  rules: readonly AttributeRule[];
  /** Of the lines of the snapshot, as they are stored with the generation that it stands on. */
  hasher: LineHasher;
  /** Why an identifier, as its field stands in a line, can never be sent, or undefined. */
  identifierFault: (line: Buffer, start: number, end: number) => InvalidRowReason | undefined;
  /** Invalid values that stand in the snapshot, a column each. */
  standingInvalidValues: readonly number[];
  /** Rows of the segment, once `segment` has ended. */
  rowsRead: () => number;
  /** Contacts that were refused and wait. */
  deferrals: Deferrals;
  /** Rows a chunk, and bytes of its lines. */
  limits: { maxRows: number; maxBytes: number };
}

/** Where the changes go: each chunk and block is complete and may be stored at once. */
export interface DiffSink {
  chunk(chunk: BuiltChunk): Promise<void>;
  /** Rows that are never sent, as lines: reason, identifier. */
  invalidRows(block: { seq: number; rowCount: number; data: Buffer }): Promise<void>;
}

export interface DiffFigures extends DiffCounts {
  /** `invalid` by reason. */
  invalidRows: Partial<Record<InvalidRowReason, number>>;
  /** Contacts of the snapshot. */
  known: number;
  /** The same when all of the run is acknowledged. */
  knownAfter: number;
  /** Of `changed`, those that were not only owed: a settled value differs. */
  differing: number;
  /** Of these, those whose settled value turns null, a column each. */
  nulled: number[];
  /** Values that stand as invalid when all of the run is acknowledged, a column each. */
  invalidValues: number[];
  sendChunks: number;
  settleChunks: number;
}

/**
 * Merges the segment with the snapshot, both in key order, in one pass and in memory that does not depend on their size.
 * Stretches that are equal are skipped by memcmp; rows are looked at only around a difference. A changed or new row is held
 * back until the next key is known, because all rows of a duplicated identifier are left out.
 */
export async function computeDiff(input: DiffInput, sink: DiffSink): Promise<DiffFigures> {
  return new Diff(input, sink).run();
}

class Diff {
  private readonly segment: LineStream;
  private readonly snapshot: LineStream;
  private readonly input: DiffInput;
  private readonly sink: DiffSink;
  private readonly row: RowComparison;
  private readonly send: ChunkBuilder;
  private readonly settle: ChunkBuilder;
  private readonly invalidRows: InvalidRows;
  private readonly invalidValues: number[];
  private readonly counts = { new: 0, changed: 0, gone: 0, deferred: 0, differing: 0 };
  /** Contacts that the snapshot has not, whether or not they are sent. */
  private added = 0;
  private readonly nulled: number[];
  /** Rows of the segment, and contacts of the snapshot, that were looked at one by one: outside of equal stretches. */
  private readonly lookedAt = { rows: 0, contacts: 0 };
  private readonly previous = new PreviousRow();
  private readonly held: PendingRow;
  private readonly goneLine: LineHash = { low: 0, high: 0 };
  /** Resolves when all chunks and blocks so far are stored, or wait their turn. Awaited before each window, not for each row. */
  private storing: Promise<void> = Promise.resolve();

  constructor(input: DiffInput, sink: DiffSink) {
    const columns = input.rules.length;
    this.input = input;
    this.sink = sink;
    this.segment = new LineStream(input.segment);
    this.snapshot = new LineStream(input.snapshot);
    this.row = new RowComparison(input.rules);
    this.send = new ChunkBuilder('send', columns, input.limits);
    this.settle = new ChunkBuilder('settle', columns, input.limits);
    this.invalidRows = new InvalidRows((block) => this.store(() => sink.invalidRows(block)));
    this.invalidValues = [...input.standingInvalidValues];
    this.nulled = input.rules.map(() => 0);
    this.held = new PendingRow(columns);
  }

  async run(): Promise<DiffFigures> {
    try {
      await this.merge();
    } finally {
      await Promise.all([this.segment.close(), this.snapshot.close()]);
      await Promise.allSettled([this.storing]); // nothing is written any more once this has failed
    }
    this.storeRest(this.send);
    this.storeRest(this.settle);
    this.invalidRows.flush();
    await this.storing;
    return {
      ...this.countAll(),
      invalidRows: this.invalidRows.counts,
      nulled: this.nulled,
      invalidValues: this.invalidValues,
      sendChunks: this.send.taken,
      settleChunks: this.settle.taken,
    };
  }

  private countAll(): DiffCounts & { known: number; knownAfter: number; differing: number } {
    const { counts, lookedAt, added } = this;
    const read = this.input.rowsRead();
    const invalid = Object.values(this.invalidRows.counts).reduce((sum, rows) => sum + rows, 0);
    const known = read - lookedAt.rows + lookedAt.contacts;
    return {
      ...counts,
      read,
      invalid,
      unchanged: read - counts.new - counts.changed - counts.deferred - invalid,
      known,
      knownAfter: known + added - counts.gone,
    };
  }

  private async merge(): Promise<void> {
    const { segment, snapshot } = this;
    while (segment.hasLine || (await this.fillSegment())) {
      if (!snapshot.hasLine && !snapshot.hasEnded) await this.fillSnapshot();
      const stretch = snapshot.hasLine ? commonStretch(segment, snapshot) : 0;
      if (stretch > 0) this.passStretch(stretch);
      else this.takeRow();
    }
    this.flushHeld();
    while (snapshot.hasLine || (await this.fillSnapshot())) this.takeGone();
  }

  /** Copies what is still needed of the window at hand, and waits for the chunks that its rows have filled. */
  private async fillSegment(): Promise<boolean> {
    this.held.detach();
    this.send.detach();
    this.settle.detach();
    this.previous.detach();
    await this.storing;
    return this.segment.fill();
  }

  private async fillSnapshot(): Promise<boolean> {
    this.settle.detach();
    await this.storing;
    return this.snapshot.fill();
  }

  /** Equal lines: their keys are above all before them, because the snapshot has each key once, in order. */
  private passStretch(bytes: number): void {
    const { segment, snapshot } = this;
    const end = segment.start + bytes;
    const lastLine = segment.buffer.lastIndexOf(NEWLINE, end - 2) + 1;
    this.previous.set(segment.buffer, Math.max(lastLine, segment.start));
    this.previous.is = 'unchanged';
    segment.start = end;
    snapshot.start += bytes;
    this.flushHeld();
  }

  /**
   * Takes the contacts of the snapshot that are below the row, which are gone, and then the row. Leaves the row for the next
   * call when the snapshot's window ends before that.
   */
  private takeRow(): void {
    const { segment, snapshot, previous } = this;
    const { buffer, start } = segment;
    if (isNullKey(buffer, start)) return this.leaveOut('null_identifier');
    if (previous.hasKeyOf(buffer, start)) return this.takeDuplicate();

    this.flushHeld();
    while (snapshot.hasLine) {
      const order = compareLineKeys(snapshot.buffer, snapshot.start, buffer, start);
      if (order > 0) return this.takeUnknown();
      if (order === 0) return this.takeKnown();
      this.takeGone();
    }
    if (snapshot.hasEnded) this.takeUnknown();
  }

  private takeUnknown(): void {
    const { segment } = this;
    const { buffer, start } = segment;
    const keyEnd = endOfKey(buffer, start);
    this.previous.set(buffer, start);
    const reason = this.input.identifierFault(buffer, start, keyEnd);
    if (reason !== undefined) {
      this.previous.is = 'invalid';
      this.previous.reason = reason;
      return this.leaveOut(reason);
    }
    this.lookedAt.rows++;
    segment.start = this.row.added(buffer, keyEnd + 1);
    this.held.set(Operation.new, this.row, buffer, start, segment.start);
    this.previous.is = 'held';
  }

  private takeKnown(): void {
    const { segment, snapshot } = this;
    const { buffer, start } = segment;
    const end = segment.lineEnd();
    segment.start = end;
    const old = snapshot.buffer;
    const oldStart = snapshot.start;
    const oldEnd = snapshot.lineEnd();
    snapshot.start = oldEnd;
    this.previous.set(buffer, start);
    this.lookedAt.rows++;
    this.lookedAt.contacts++;
    if (buffer.compare(old, oldStart, oldEnd, start, end) === 0) {
      this.previous.is = 'unchanged';
      return;
    }
    this.row.changed(buffer, start, end, old, oldStart, oldEnd);
    this.held.set(Operation.changed, this.row, buffer, start, end);
    this.input.hasher.hash(old, oldStart, oldEnd, this.held.replaced);
    this.previous.is = 'held';
  }

  /** The contact's snapshot stays as it is: neither changed nor gone. */
  private takeDuplicate(): void {
    const { previous } = this;
    if (previous.is === 'invalid') return this.leaveOut(previous.reason!);
    if (previous.is !== 'duplicate') this.addInvalidRow('duplicate_identifier'); // the row before
    this.held.clear();
    previous.is = 'duplicate';
    this.leaveOut('duplicate_identifier');
  }

  private leaveOut(reason: InvalidRowReason): void {
    this.addInvalidRow(reason);
    this.lookedAt.rows++;
    this.segment.start = this.segment.lineEnd();
  }

  private addInvalidRow(reason: InvalidRowReason): void {
    const { buffer, start } = this.segment;
    this.invalidRows.add(reason, buffer, start, endOfKey(buffer, start));
  }

  private takeGone(): void {
    const { snapshot, row } = this;
    const { buffer, start } = snapshot;
    snapshot.start = snapshot.lineEnd();
    this.lookedAt.contacts++;
    row.gone(buffer, start, snapshot.start);
    const keyEnd = endOfKey(buffer, start);
    this.makeRoom(this.settle, keyEnd - start + 1);
    this.settle.add(Operation.gone, buffer, start, keyEnd, row.verdict);
    this.input.hasher.hash(buffer, start, snapshot.start, this.goneLine);
    this.settle.replaces(this.goneLine);
    this.count(row.verdict);
    this.counts.gone++;
  }

  private flushHeld(): void {
    const { held } = this;
    if (!held.isSet) return;
    const { sends } = held.verdict;
    if (sends && this.isDeferred()) {
      this.counts.deferred++;
      held.clear();
      return;
    }
    const builder = sends ? this.send : this.settle;
    this.makeRoom(builder, held.end - held.start);
    builder.add(held.operation, held.buffer, held.start, held.end, held.verdict);
    if (held.operation === Operation.changed) builder.replaces(held.replaced);
    else this.added++;
    if (sends) this.countSent();
    this.count(held.verdict);
    held.clear();
  }

  /** The destination refused just this, and its next try is not due. */
  private isDeferred(): boolean {
    const { deferrals, rules } = this.input;
    if (deferrals.isEmpty) return false;
    const { buffer, start, end, verdict } = this.held;
    return deferrals.defers(keyOf(buffer, start), () => hashOfSentValues(rules, buffer, start, end, verdict.mask));
  }

  private countSent(): void {
    const { counts } = this;
    const { operation, verdict } = this.held;
    if (operation === Operation.new) counts.new++;
    else counts.changed++;
    if (!verdict.differs) return;
    counts.differing++;
    for (let column = 0; column < this.nulled.length; column++) this.nulled[column]! += verdict.nulled[column]!;
  }

  private count({ hasInvalid, invalid }: RowVerdict): void {
    if (!hasInvalid) return;
    for (let column = 0; column < invalid.length; column++) this.invalidValues[column]! += invalid[column]!;
  }

  /** Takes the chunk out when it has no room for a line of so many bytes. */
  private makeRoom(builder: ChunkBuilder, lineBytes: number): void {
    if (builder.isFull(lineBytes)) this.storeRest(builder);
  }

  private storeRest(builder: ChunkBuilder): void {
    if (builder.isEmpty) return;
    const chunk = builder.take();
    this.store(() => this.sink.chunk(chunk));
  }

  private store(write: () => Promise<void>): void {
    this.storing = this.storing.then(write);
    this.storing.catch(() => undefined); // met by who waits for it
  }
}
