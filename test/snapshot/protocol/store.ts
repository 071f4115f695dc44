import type { SendChunkRows } from '../../../src/snapshot/send-chunk-rows.js';
import type { RefusedRow } from '../../../src/snapshot/settle-refusals.js';
import type { Mapping } from './world.js';

export interface DiffResult {
  read: number;
  unchanged: number;
  new: number;
  changed: number;
  gone: number;
  invalid: number;
  /** Standing invalid values when all of it is acknowledged. */
  invalidValues: number;
  chunks: number;
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
  load(run: number, seq: number, mapping: Mapping): Promise<HeldChunk>;
  /** False when the run lost its claim. */
  mark(chunk: HeldChunk): Promise<boolean>;
  acknowledge(chunk: HeldChunk, refused: RefusedRow[]): Promise<boolean>;
  recordLateSend(chunk: HeldChunk): Promise<void>;
  fold(run: number, mapping: Mapping): Promise<void>;
  close(
    run: number,
  ): Promise<{ accepted: number; rejected: number; unsent: number; attributesSent: number } | undefined>;
  /** The effective snapshot as the next run would read it. */
  effective(mapping: Mapping): Promise<Buffer>;
  /** Rejections on record, by identifier. */
  rejected(): Promise<string[]>;
}
