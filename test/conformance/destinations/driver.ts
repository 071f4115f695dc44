import type { AttributeMapping, DestinationDefinition } from '../../../src/activation/definitions.js';
import type { OutflowError } from '../../../src/activation/errors.js';
import type { ColumnKind } from '../../../src/activation/segment-column.js';
import { callPorts } from '../../../src/delivery/call-ports.js';
import { type Delivery, deliverChunk } from '../../../src/delivery/deliver.js';
import type { DeliveryProgress } from '../../../src/delivery/delivery-progress.js';
import { KeptDestinations } from '../../../src/delivery/kept-destinations.js';
import type { Destination, SentRows } from '../../../src/destinations/destination.js';
import type { BodyRule } from '../../../src/destinations/kit/body-rule.js';
import { encodeField } from '../../../src/lines/format.js';

/** A column of the segment. */
export interface Column {
  attribute: string;
  kind: ColumnKind;
  options?: Partial<AttributeMapping>;
}

/** A contact, with a text or null for each column. `carries`: the attributes that changed; all if left out. */
export interface Row {
  id: string;
  fields: (string | null)[];
  carries?: string[];
}

export interface Delivered {
  /** How it ended, or what it threw. */
  ended: Delivery | { threw: OutflowError };
  /** In order: `mark`, `post` with the clock's time, `slow` and `sleep` with their milliseconds. */
  events: { what: 'mark' | 'post' | 'slow' | 'sleep'; ms: number }[];
  /** Each progress as it was saved. */
  saved: DeliveryProgress[];
}

/** Chunks of all drivers: each has a key of its own. */
let chunks = 0;

/** When each timeline is free, milliseconds, by its key. */
export type Timelines = Map<string, number>;

/**
 * Delivers chunks as a run does, by real HTTP; only the engine's database and the clock are not real. Drivers that share
 * `timelines` keep their pace together, as workers do.
 */
export class Driver {
  readonly destination: Destination;
  private readonly kept: KeptDestinations;
  private readonly reached;
  private readonly timelines: Timelines;

  constructor(definition: DestinationDefinition, secrets: Record<string, string>, timelines: Timelines = new Map()) {
    this.timelines = timelines;
    this.kept = new KeptDestinations({ values: new Map(Object.entries(secrets)), lookedIn: 'the environment' });
    this.reached = this.kept.reach(definition);
    this.destination = this.reached.destination;
  }

  rulesOf(columns: readonly Column[]): BodyRule[] {
    return columns.map(({ attribute, kind, options }) =>
      this.destination.attributes.rule(
        { attribute, field: attribute, onTooLong: 'leave-out', onNotFinite: 'leave-out', onNull: 'clear', ...options },
        { type: kind, kind },
      ),
    );
  }

  async deliver(columns: readonly Column[], rows: readonly Row[]): Promise<Delivered> {
    const delivered: Delivered = { ended: { status: 'more' }, events: [], saved: [] };
    let ms = 0;
    const log = (what: Delivered['events'][number]['what'], value: number): void =>
      void delivered.events.push({ what, ms: value });
    const target = this.destination.targets[0]!.name;
    const attributes = columns.map(({ attribute }) => attribute);
    try {
      delivered.ended = await deliverChunk({
        ...callPorts({
          reached: this.reached,
          activation: 'loyalty',
          key: `engine/1/${chunks++}`,
          rows: sentRows(attributes, rows),
          rules: this.rulesOf(columns),
          onPost: () => log('post', ms),
        }),
        failuresBefore: 0,
        rows: rows.length,
        targets: [target],
        progress: {},
        limits: { ...this.destination.limits, budgetMs: 3_600_000, busyForMs: 120_000 },
        attributesOf: ({ row, column }) =>
          column === undefined ? (rows[row]!.carries ?? attributes) : [attributes[column]!],
        pace: (_target, count) => Promise.resolve({ kind: 'go', waitMs: this.reserve(ms, count) }),
        slowDown: (_target, forMs) => {
          log('slow', forMs);
          return Promise.resolve();
        },
        mark: () => {
          log('mark', ms);
          return Promise.resolve();
        },
        save: (progress) => Promise.resolve(void delivered.saved.push(structuredClone(progress))),
        sleep: (forMs) => {
          log('sleep', forMs);
          ms += forMs;
          return Promise.resolve();
        },
        withdrawn: () => false,
        now: () => ms,
      });
    } catch (error) {
      delivered.ended = { threw: error as OutflowError };
    }
    return delivered;
  }

  /** How long a call of so many rows waits for the next free moment on every timeline of the target. */
  private reserve(nowMs: number, rows: number): number {
    let waitMs = 0;
    for (const { key, costMs } of this.destination.targets[0]!.timelines) {
      const name = JSON.stringify(key);
      const freeMs = Math.max(nowMs, this.timelines.get(name) ?? 0);
      this.timelines.set(name, freeMs + costMs(rows));
      waitMs = Math.max(waitMs, freeMs - nowMs);
    }
    return waitMs;
  }

  close(): Promise<void> {
    return this.kept.close();
  }
}

export function sentRows(attributes: readonly string[], rows: readonly Row[]): SentRows {
  const lines = rows.map(({ id, fields }) => Buffer.from(`${[id, ...fields].map(encodeField).join('\t')}\n`));
  const starts = [0];
  for (const line of lines) starts.push(starts.at(-1)! + line.length);
  return {
    data: Buffer.concat(lines),
    lineStart: (row) => starts[row]!,
    carries: (row, column) => rows[row]!.carries?.includes(attributes[column]!) ?? true,
    isNew: () => true,
  };
}
