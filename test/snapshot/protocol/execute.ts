import { decodeField } from '../../../src/activation/copy-text.js';
import { endOfField, isOwed } from '../../../src/snapshot/compare-rows.js';
import { keyBounds, keyOf } from '../../../src/snapshot/line-keys.js';
import type { RefusedRow } from '../../../src/snapshot/settle-refusals.js';
import type { Fate, Program, RunScript } from './program.js';
import type { DiffResult, HeldChunk, Store } from './store.js';
import type { App, Mapping } from './world.js';
import { apps, DestinationModel, mappingOf, SourceModel } from './world.js';

const ALL_COLUMNS = [0, 1, 2, 3, 4, 5];

/**
 * Plays a history against a store and the plain models, and checks after each finished run: what the snapshot calls settled
 * is at every app; the rest is owed; the figures add up. Ends with a quiet run, after which everything is settled.
 */
export async function execute(program: Program, store: Store): Promise<void> {
  await new Execution(store).play(program);
}

/** A request that a sender, stopped by its machine, has on the wire while others take over. */
interface LateRequest {
  chunk: HeldChunk;
  app: App;
}

interface SnapshotLine {
  identifier: string;
  line: Buffer;
  fields: [number, number][];
}

class Execution {
  private readonly store: Store;
  private readonly source = new SourceModel();
  private readonly destination = new DestinationModel();
  private mapping: Mapping = mappingOf(ALL_COLUMNS);
  private late: LateRequest[] = [];
  private lateSendsRecorded = false;

  constructor(store: Store) {
    this.store = store;
  }

  async play(program: Program): Promise<void> {
    for (const step of program) {
      switch (step.do) {
        case 'edit':
          for (const edit of step.edits) this.source.edit(edit);
          break;
        case 'map':
          this.mapping = mappingOf(step.columns);
          break;
        case 'run':
          await this.run(step.run);
          break;
        case 'deliver late requests':
          await this.deliverLateRequests();
      }
    }
    await this.deliverLateRequests();
    await this.run({ full: false, chunkRows: 3, diesInDiff: false, fates: [], closes: true });
    await this.checkEverythingSettled();
    await this.checkNothingLeftToSend();
  }

  private async run(script: RunScript): Promise<void> {
    const run = await this.store.open();
    const standing = script.full ? 0 : await this.standingInvalidValuesOfDuplicates();
    const before = script.full ? [] : await this.snapshotLines();
    const diff = await this.store.diff(run, this.source.lines(this.mapping), this.mapping, {
      full: script.full,
      chunkRows: script.chunkRows,
      dies: script.diesInDiff,
    });
    if (script.diesInDiff) return;
    this.checkDiff(diff, standing);
    let rejected = 0;
    let through = 0;
    for (let seq = 1; seq <= diff.chunks; seq++) {
      const fate = script.fates[seq - 1] ?? { chunk: 'acknowledged', refusals: [] };
      const chunk = await this.store.load(run, seq, this.mapping);
      this.checkOnlyChangesAreSent(chunk, before);
      const sent = await this.send(chunk, fate);
      rejected += sent.rejected;
      if (sent.acknowledged) through++;
    }
    const complete = through === diff.chunks;
    if (complete) await this.store.fold(run, this.mapping);
    if (!script.closes) return;
    const closed = await this.store.close(run);
    if (closed === undefined) return;
    claim(closed.rejected === rejected, `rejected is ${closed.rejected}, not ${rejected}`);
    claim(
      closed.accepted + closed.rejected + closed.unsent === diff.new + diff.changed,
      'accepted + rejected + unsent = new + changed',
    );
    if (complete) claim(closed.unsent === 0, 'a complete run leaves nothing unsent');
    await this.checkSettledIsThere();
  }

  private async send(chunk: HeldChunk, fate: Fate): Promise<{ acknowledged: boolean; rejected: number }> {
    const lost = { acknowledged: false, rejected: 0 };
    if (fate.chunk === 'never attempted') return lost;
    claim(await this.store.mark(chunk), 'the run holds its claim while it sends');
    switch (fate.chunk) {
      case 'marked, then the process dies':
        return lost;
      case 'answer lost':
        for (const app of fate.appliedBy) this.apply(chunk, app, new Set());
        return lost;
      case 'held on the wire':
        this.late.push({ chunk, app: fate.by });
        return lost;
      case 'acknowledged': {
        const refused: RefusedRow[] = [];
        for (const app of apps) {
          const rows = new Set(
            fate.refusals.filter(({ by }) => by.includes(app)).map(({ row }) => row % chunk.rows.count),
          );
          this.apply(chunk, app, rows);
          for (const row of rows) refused.push({ row, apiKey: app, code: 'MALFORMED_PARAMETER' });
        }
        claim(await this.store.acknowledge(chunk, refused), 'the run holds its claim when it acknowledges');
        return { acknowledged: true, rejected: new Set(refused.map(({ row }) => row)).size };
      }
    }
  }

  /** The stopped senders go on: their requests arrive, and those whose run was replaced find their claim lost. */
  private async deliverLateRequests(): Promise<void> {
    for (const request of this.late) {
      this.apply(request.chunk, request.app, new Set());
      if (await this.store.mark(request.chunk)) continue; // nobody took over: the chunk is in doubt
      await this.store.recordLateSend(request.chunk);
      this.lateSendsRecorded = true;
    }
    this.late = [];
  }

  private apply(chunk: HeldChunk, app: App, refusedRows: ReadonlySet<number>): void {
    for (let row = 0; row < chunk.rows.count; row++) {
      if (refusedRows.has(row)) continue;
      const line = chunk.rows.line(row);
      const identifier = chunk.rows.key(row).toString();
      fieldsOf(line, line.length).forEach(([start, end], column) => {
        if (!chunk.rows.carries(row, column)) return;
        const rule = chunk.mapping.rules[column]!;
        const rendered = rule.render(decodeField(line, start, end));
        claim(rendered.verdict === 'send', 'only values that the destination can hold are carried');
        this.destination.set(app, identifier, rule.key, rendered.verdict === 'send' ? rendered.json : '');
      });
    }
  }

  private checkDiff(diff: DiffResult, standingOfDuplicates: number): void {
    const contacts = this.source.contacts();
    claim(diff.read === this.source.rowCount, `read is ${diff.read}, not ${this.source.rowCount}`);
    claim(
      diff.read === diff.unchanged + diff.new + diff.changed + diff.invalid,
      'read = unchanged + new + changed + invalid',
    );
    claim(
      diff.invalid === this.source.rowCount - contacts.size,
      `invalid is ${diff.invalid}, not ${this.source.rowCount - contacts.size}`,
    );
    if (this.lateSendsRecorded) return; // until the next fold the count may include what a late send made owed
    let invalidValues = standingOfDuplicates;
    for (const values of contacts.values()) {
      this.mapping.columns.forEach((column, i) => {
        const { verdict } = this.mapping.rules[i]!.render(values[column]!);
        if (verdict !== 'send' && verdict !== 'skip') invalidValues++;
      });
    }
    claim(diff.invalidValues === invalidValues, `invalidValues is ${diff.invalidValues}, not ${invalidValues}`);
  }

  /** Contacts that are duplicated now keep their snapshot, and what stands as invalid in it. */
  private checkOnlyChangesAreSent(chunk: HeldChunk, before: SnapshotLine[]): void {
    const known = new Map(before.map((line) => [line.identifier, line]));
    for (let row = 0; row < chunk.rows.count; row++) {
      const old = known.get(chunk.rows.key(row).toString());
      if (old === undefined) continue;
      const line = chunk.rows.line(row);
      const now = fieldsOf(line, line.length);
      this.mapping.rules.forEach((rule, column) => {
        const [start, end] = old.fields[column]!;
        if (!chunk.rows.carries(row, column) || isOwed(old.line, start, end)) return;
        const was = rule.render(decodeField(old.line, start, end));
        const is = rule.render(decodeField(line, ...now[column]!));
        claim(JSON.stringify(was) !== JSON.stringify(is), `${rule.key} is sent although it did not change`);
      });
    }
  }

  private async standingInvalidValuesOfDuplicates(): Promise<number> {
    const duplicated = new Set(this.source.invalidRows.map((row) => row.identifier));
    let count = 0;
    for (const { identifier, line, fields } of await this.snapshotLines()) {
      if (!duplicated.has(identifier)) continue;
      fields.forEach(([start, end], column) => {
        if (isOwed(line, start, end)) return;
        const verdict = this.mapping.rules[column]!.classify(line, start, end);
        if (verdict !== 'send' && verdict !== 'skip') count++;
      });
    }
    return count;
  }

  /** No value is called settled that is not at every app. */
  private async checkSettledIsThere(): Promise<void> {
    for (const { identifier, line, fields } of await this.snapshotLines()) {
      fields.forEach(([start, end], column) => {
        if (isOwed(line, start, end)) return;
        const rule = this.mapping.rules[column]!;
        const rendered = rule.render(decodeField(line, start, end));
        if (rendered.verdict !== 'send') return;
        for (const app of apps) {
          const held = this.destination.get(app, identifier, rule.key);
          claim(
            held === rendered.json,
            `lost: ${JSON.stringify(identifier)} ${rule.key} at ${app} is ${String(held)}, the snapshot says ${rendered.json}`,
          );
        }
      });
    }
  }

  private async checkEverythingSettled(): Promise<void> {
    const lines = new Map((await this.snapshotLines()).map((line) => [line.identifier, line]));
    for (const [identifier, values] of this.source.contacts()) {
      claim(lines.has(identifier!), `the snapshot has ${JSON.stringify(identifier)}`);
      this.mapping.columns.forEach((column, i) => {
        const rule = this.mapping.rules[i]!;
        const rendered = rule.render(values[column]!);
        if (rendered.verdict !== 'send') return;
        for (const app of apps) {
          const held = this.destination.get(app, identifier!, rule.key);
          claim(
            held === rendered.json,
            `lost: ${JSON.stringify(identifier)} ${rule.key} at ${app} is ${String(held)}, the segment says ${rendered.json}`,
          );
        }
      });
    }
    const expected = [...this.source.contacts().keys(), ...this.source.invalidRows.map((row) => row.identifier)];
    for (const identifier of lines.keys())
      claim(expected.includes(identifier), `${JSON.stringify(identifier)} left the snapshot`);
  }

  private async checkNothingLeftToSend(): Promise<void> {
    const run = await this.store.open();
    const diff = await this.store.diff(run, this.source.lines(this.mapping), this.mapping, {
      full: false,
      chunkRows: 3,
      dies: false,
    });
    claim(
      diff.chunks === 0 && diff.gone === 0,
      `an unchanged run has nothing to send, not ${diff.new} new, ${diff.changed} changed, ${diff.gone} gone`,
    );
    await this.store.close(run);
    claim((await this.store.rejected()).length === 0, 'accepted contacts leave the rejections');
  }

  private async snapshotLines(): Promise<SnapshotLine[]> {
    const buffer = await this.store.effective(this.mapping);
    const lines: SnapshotLine[] = [];
    let last: Buffer | undefined;
    for (let start = 0; start < buffer.length;) {
      const end = buffer.indexOf(10, start) + 1;
      const line = buffer.subarray(start, end);
      const key = keyOf(line, 0);
      claim(last === undefined || last.compare(key) < 0, 'the snapshot has each key once, in order');
      last = key;
      lines.push({ identifier: key.toString(), line, fields: fieldsOf(line, line.length) });
      start = end;
    }
    return lines;
  }
}

function fieldsOf(line: Buffer, lineEnd: number): [number, number][] {
  const fields: [number, number][] = [];
  for (let at = keyBounds(line, 0, { end: 0, escaped: false }).end + 1; at <= lineEnd && line[at - 1] === 9;) {
    const end = endOfField(line, at, lineEnd);
    fields.push([at, end]);
    at = end + 1;
  }
  return fields;
}

function claim(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
