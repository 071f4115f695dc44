import { isDeepStrictEqual } from 'node:util';
import { decodeField } from '../../../src/lines/format.js';
import { isOwed } from '../../../src/snapshot/diff/compare-rows.js';
import { keyOf } from '../../../src/lines/keys.js';
import type { RefusedRow } from '../../../src/delivery/outbox/settle-refusals.js';
import { contentOf, fieldsOf } from './contents.js';
import { type ExpectedDiff, expectedDiff, type KnownContact } from './expected-diff.js';
import type { Fate, Program, Refusal, RunScript } from './program.js';
import { RefusalsModel } from './refusals-model.js';
import type { DiffResult, HeldChunk, StandingRefusal, Store } from './store.js';
import { type App, apps, DestinationModel, type Mapping, mappingOf, SourceModel } from './world.js';

const ALL_COLUMNS = [0, 1, 2, 3, 4, 5];
const QUIET: RunScript = { full: false, chunkRows: 3, diesInDiff: false, fates: [], closes: true };
const DAY = 86_400_000;

/**
 * Plays a history against a store and the plain models, and checks: each diff finds what a plain comparison finds, and
 * sends only that; what the snapshot calls settled is at every app and the rest is owed; a contact waits exactly when what
 * would be sent was refused before and is not due. Ends with a quiet run, after which everything is settled.
 */
export async function execute(program: Program, store: Store): Promise<void> {
  await new Execution(store, program.retryAfterMs).play(program);
}

/** A request that a sender, stopped by its machine, has on the wire while others take over. */
interface LateRequest {
  chunk: HeldChunk;
  app: App;
}

class Execution {
  private readonly store: Store;
  private readonly retryAfterMs: readonly number[];
  private readonly source = new SourceModel();
  private readonly destination = new DestinationModel();
  private readonly refusals: RefusalsModel;
  private mapping: Mapping = mappingOf(ALL_COLUMNS);
  private late: LateRequest[] = [];
  private lateSendsRecorded = false;

  constructor(store: Store, retryAfterMs: readonly number[]) {
    this.store = store;
    this.retryAfterMs = retryAfterMs;
    this.refusals = new RefusalsModel(retryAfterMs);
  }

  async play({ steps }: Program): Promise<void> {
    for (const step of steps) {
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
          break;
        case 'poison':
          this.destination.poison(step.poison);
          break;
        case 'cure':
          this.destination.cure(step.key);
          break;
        case 'wait':
          await this.wait(step.ms);
      }
    }
    this.destination.cureAll();
    await this.wait(DAY);
    await this.deliverLateRequests();
    await this.run(QUIET);
    await this.checkEverythingSettled();
    await this.checkNothingLeftToSend();
  }

  private async wait(ms: number): Promise<void> {
    this.refusals.pass(ms);
    await this.store.wait(ms);
  }

  private async run(script: RunScript): Promise<void> {
    const run = await this.store.open();
    const before = await this.snapshot(script.full);
    const diff = await this.store.diff(run, this.source.lines(this.mapping), this.mapping, {
      full: script.full,
      chunkRows: script.chunkRows,
      dies: script.diesInDiff,
    });
    const expected = expectedDiff(this.source, this.mapping, before, (identifier, content) => {
      return !script.full && this.refusals.waits(identifier, content);
    });
    this.checkDiff(diff, expected);
    if (script.diesInDiff) return;
    if (script.held) {
      await this.checkNothingHappened(before, script);
      if (script.held === 'cancelled') {
        if (script.closes) await this.store.close(run, 'cancelled');
        return this.checkNothingHappened(before, script);
      }
    }
    if (diff.settleChunks > 0) await this.store.settle(run);
    await this.sendAll(run, diff, expected, script);
  }

  private async sendAll(run: number, diff: DiffResult, expected: ExpectedDiff, script: RunScript): Promise<void> {
    const unsent = new Set(expected.sends.keys());
    let rejected = 0;
    let through = 0;
    for (let seq = 1; seq <= diff.chunks; seq++) {
      const fate = script.fates[seq - 1] ?? { chunk: 'acknowledged', refusals: [] };
      const chunk = await this.store.load(run, seq, this.mapping);
      this.checkWhatIsSent(chunk, expected, unsent);
      const sent = await this.send(chunk, fate);
      rejected += sent.rejected;
      if (sent.acknowledged) through++;
    }
    claim(unsent.size === 0, 'every change is in a chunk');
    const complete = through === diff.chunks;
    if (complete) await this.store.fold(run, this.mapping);
    const closed = script.closes ? await this.store.close(run, 'completed') : undefined;
    await this.checkRefusals(expected, complete && script.closes);
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
        for (const app of fate.appliedBy) this.apply(chunk, app, []);
        return lost;
      case 'held on the wire':
        this.late.push({ chunk, app: fate.by });
        return lost;
      case 'acknowledged': {
        const refused = apps.flatMap((app) =>
          this.apply(
            chunk,
            app,
            fate.refusals.filter(({ by }) => by.includes(app)),
          ),
        );
        claim(await this.store.acknowledge(chunk, refused, this.retryAfterMs), 'the run holds its claim');
        return { acknowledged: true, rejected: this.record(chunk, refused) };
      }
    }
  }

  /** Notes for each contact of the chunk what was refused of it. Returns of how many contacts something was. */
  private record(chunk: HeldChunk, refused: readonly RefusedRow[]): number {
    const { columns } = chunk.mapping.layout;
    for (let row = 0; row < chunk.rows.count; row++) {
      const identifier = chunk.rows.key(row).toString();
      const ofRow = refused.filter((refusal) => refusal.row === row);
      if (ofRow.length === 0) {
        this.refusals.forget(identifier);
        continue;
      }
      const keys = ofRow.map(({ column }) => column !== undefined && chunk.mapping.rules[column]!.key);
      const owed = contentOf(chunk, row).filter(([key]) => keys.includes(false) || keys.includes(key));
      const by = ofRow.map(({ target, column }) => ({
        app: target as App,
        attribute: column === undefined ? null : columns[column]!.attribute,
      }));
      this.refusals.refuse(identifier, owed, by);
    }
    return new Set(refused.map(({ row }) => row)).size;
  }

  /** The stopped senders go on: their requests arrive, and those whose run was replaced find their claim lost. */
  private async deliverLateRequests(): Promise<void> {
    for (const request of this.late) {
      this.apply(request.chunk, request.app, []);
      if (await this.store.mark(request.chunk)) continue; // nobody took over: the chunk is in doubt
      await this.store.recordLateSend(request.chunk);
      this.lateSendsRecorded = true;
    }
    this.late = [];
  }

  /** Returns what the app refuses: what it is told to, and what is poisoned. The rest it has from now on. */
  private apply(chunk: HeldChunk, app: App, toldTo: readonly Refusal[]): RefusedRow[] {
    const refused: RefusedRow[] = [];
    for (let row = 0; row < chunk.rows.count; row++) {
      const identifier = chunk.rows.key(row).toString();
      const content = contentOf(chunk, row);
      const ofRow = toldTo
        .filter((each) => each.row % chunk.rows.count === row)
        .map(({ attribute }) => (attribute === undefined ? 'all' : { key: content[attribute % content.length]![0] }));
      const poisoned = this.destination.refusalOf(app, identifier, content);
      if (poisoned) ofRow.push(poisoned);
      const refusal = { row, target: app, code: 'MALFORMED_PARAMETER' };
      if (ofRow.includes('all')) {
        refused.push(refusal);
        continue;
      }
      const keys = new Set(ofRow.map((each) => (each as { key: string }).key));
      for (const key of keys) {
        refused.push({ ...refusal, column: chunk.mapping.rules.findIndex((rule) => rule.key === key) });
      }
      for (const [key, json] of content) if (!keys.has(key)) this.destination.set(app, identifier, key, json);
    }
    return refused;
  }

  private checkDiff(diff: DiffResult, { figures }: ExpectedDiff): void {
    for (const [name, expected] of Object.entries(figures)) {
      // Until the next fold the count may include what a late send made owed.
      if (name === 'invalidValues' && this.lateSendsRecorded) continue;
      const found = diff[name as keyof typeof figures];
      claim(isDeepStrictEqual(found, expected), `${name} is ${String(found)}, not ${String(expected)}`);
    }
    claim(
      diff.read === diff.unchanged + diff.new + diff.changed + diff.invalid + diff.deferred,
      'read = unchanged + new + changed + invalid + deferred',
    );
  }

  /** Each change is sent once, with what a plain comparison says. */
  private checkWhatIsSent(chunk: HeldChunk, { sends }: ExpectedDiff, unsent: Set<string>): void {
    for (let row = 0; row < chunk.rows.count; row++) {
      const identifier = chunk.rows.key(row).toString();
      const [carried, wanted] = [contentOf(chunk, row), sends.get(identifier)];
      claim(unsent.delete(identifier), `${JSON.stringify(identifier)} is sent once`);
      claim(
        isDeepStrictEqual(carried, wanted),
        `${JSON.stringify(identifier)} is sent ${JSON.stringify(carried)}, not ${JSON.stringify(wanted)}`,
      );
    }
  }

  /** What a guard holds counts for nothing. */
  private async checkNothingHappened(before: readonly KnownContact[], { full }: RunScript): Promise<void> {
    const now = await this.snapshot(full);
    claim(isDeepStrictEqual(now, before), 'a held run leaves the snapshot as it was');
    claim(
      isDeepStrictEqual(sorted(await this.store.refusals()), sorted(this.refusals.standing())),
      'and the rejections',
    );
  }

  /**
   * A rejection stands until its contact is accepted. Of contacts that were neither sent nor deferred it goes with a run
   * that has sent everything; one that was cut off may have settled some.
   */
  private async checkRefusals({ sends, deferred }: ExpectedDiff, complete: boolean): Promise<void> {
    const found = await this.store.refusals();
    for (const identifier of this.refusals.identifiers) {
      if (sends.has(identifier) || deferred.has(identifier)) continue;
      if (complete || !found.some((refusal) => refusal.identifier === identifier)) this.refusals.forget(identifier);
    }
    const expected = this.refusals.standing();
    claim(
      isDeepStrictEqual(sorted(found), sorted(expected)),
      `the rejections are ${JSON.stringify(sorted(found))}, not ${JSON.stringify(sorted(expected))}`,
    );
  }

  /** No value is called settled that is not at every app. */
  private async checkSettledIsThere(): Promise<void> {
    for (const { identifier, values } of await this.snapshot(false)) {
      values.forEach((value, column) => {
        if (value === 'owed' || value.verdict !== 'send') return;
        this.checkEveryAppHas(identifier, this.mapping.rules[column]!.key, value.json, 'snapshot');
      });
    }
  }

  private async checkEverythingSettled(): Promise<void> {
    const known = new Set((await this.snapshot(false)).map(({ identifier }) => identifier));
    for (const [identifier, values] of this.source.contacts()) {
      claim(known.has(identifier), `the snapshot has ${JSON.stringify(identifier)}`);
      this.mapping.columns.forEach((column, i) => {
        const rule = this.mapping.rules[i]!;
        const rendered = rule.render(values[column]!);
        if (rendered.verdict === 'send') this.checkEveryAppHas(identifier, rule.key, rendered.json, 'segment');
      });
    }
    for (const identifier of known) {
      claim(this.source.identifiers.includes(identifier), `${JSON.stringify(identifier)} left the snapshot`);
    }
  }

  private checkEveryAppHas(identifier: string, attribute: string, json: string, who: string): void {
    for (const app of apps) {
      const held = this.destination.get(app, identifier, attribute);
      claim(
        held === json,
        `lost: ${JSON.stringify(identifier)} ${attribute} at ${app} is ${String(held)}, the ${who} says ${json}`,
      );
    }
  }

  private async checkNothingLeftToSend(): Promise<void> {
    const run = await this.store.open();
    const diff = await this.store.diff(run, this.source.lines(this.mapping), this.mapping, {
      full: false,
      chunkRows: 3,
      dies: false,
    });
    claim(
      diff.chunks === 0 && diff.gone === 0 && diff.deferred === 0,
      `an unchanged run has nothing to send, not ${diff.new} new, ${diff.changed} changed, ${diff.gone} gone`,
    );
    await this.store.close(run, 'completed');
    claim((await this.store.refusals()).length === 0, 'accepted contacts leave the rejections');
  }

  /** The effective snapshot; `allOwed`: as a full run reads it. */
  private async snapshot(allOwed: boolean): Promise<KnownContact[]> {
    const buffer = await this.store.effective(this.mapping);
    const contacts: KnownContact[] = [];
    let last: Buffer | undefined;
    for (let start = 0; start < buffer.length;) {
      const end = buffer.indexOf(10, start) + 1;
      const line = buffer.subarray(start, end);
      const key = keyOf(line, 0);
      claim(last === undefined || last.compare(key) < 0, 'the snapshot has each key once, in order');
      last = key;
      const values = fieldsOf(line).map(([from, to], column) => {
        return allOwed || isOwed(line, from, to)
          ? ('owed' as const)
          : this.mapping.rules[column]!.render(decodeField(line, from, to));
      });
      contacts.push({ identifier: key.toString(), values });
      start = end;
    }
    return contacts;
  }
}

function sorted(refusals: readonly StandingRefusal[]): StandingRefusal[] {
  const order = ({ identifier, app, attribute }: StandingRefusal): string =>
    JSON.stringify([identifier, app, attribute]);
  return [...refusals].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function claim(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
