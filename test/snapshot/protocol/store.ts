import type { SendChunkRows } from '../../../src/snapshot/chunks/rows.js';
import type { RefusedRow } from '../../../src/delivery/outbox/settle-refusals.js';
import type { App, Mapping } from './world.js';

export interface DiffResult {
  read: number;
  unchanged: number;
  new: number;
  changed: number;
  gone: number;
  invalid: number;
  deferred: number;
  /** Contacts of the snapshot. */
  known: number;
  /** Of `changed`, those with a settled value that differs. */
  differing: number;
  /** Of these, those whose settled value turns null at the destination, a column each. */
  nulled: number[];
  /** Standing invalid values when all of it is acknowledged. */
  invalidValues: number;
  chunks: number;
  /** Chunks that need no request. */
  settleChunks: number;
}

/** A rejection on record. */
export interface StandingRefusal {
  identifier: string;
  app: App;
  /** null: the whole contact. */
  attribute: string | null;
  attempts: number;
  /** Whether it is not due. */
  waits: boolean;
}

/** A chunk in a sender's hands. */
export interface HeldChunk {
  run: number;
  seq: number;
  rows: SendChunkRows;
  mapping: Mapping;
}

/** What the protocol keeps: once in memory, once through the real engine database. */
export interface Store {
  /** Opens a run, taking over from one that did not close. */
  open(): Promise<number>;
  /** Computes, stores and publishes the diff; with `dies`, everything but the publication. */
  diff(
    run: number,
    segment: Buffer,
    mapping: Mapping,
    options: { full: boolean; chunkRows: number; dies: boolean },
  ): Promise<DiffResult>;
  /** Makes what needs no request part of the snapshot: once nothing holds the run. */
  settle(run: number): Promise<void>;
  load(run: number, seq: number, mapping: Mapping): Promise<HeldChunk>;
  /** False when the run lost its claim. */
  mark(chunk: HeldChunk): Promise<boolean>;
  acknowledge(chunk: HeldChunk, refused: RefusedRow[], retryAfterMs: readonly number[]): Promise<boolean>;
  recordLateSend(chunk: HeldChunk): Promise<void>;
  fold(run: number, mapping: Mapping): Promise<void>;
  /** `cancelled`: while it was held. */
  close(
    run: number,
    outcome: 'completed' | 'cancelled',
  ): Promise<{ accepted: number; rejected: number; unsent: number; attributesSent: number } | undefined>;
  /** The effective snapshot as the next run would read it. */
  effective(mapping: Mapping): Promise<Buffer>;
  /** Rejections on record. */
  refusals(): Promise<StandingRefusal[]>;
  /** Lets time pass, as far as rejections are concerned. */
  wait(ms: number): Promise<void>;
}
