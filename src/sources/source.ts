import type { z } from 'zod';
import type { ReadOrder } from '../activation/run.js';
import type { SegmentColumn } from '../activation/segment-column.js';

/** A kind of source: a folder here, and a line in `registry.ts`. Everything that it throws is an OutflowError that names the source. */
export interface SourceType {
  /** `type:` in outflow.yaml. */
  readonly type: string;
  /** What to write for `sources.<name>`. */
  readonly example: string;
  /** The keys of `sources.<name>` beside those of every source. Secrets in them are `${VAR}` references. */
  readonly settings: z.ZodRawShape;
  readonly abilities: Abilities;
  /**
   * Loads the source's driver; connects to nothing. The settings have the values of their variables in place. Throws
   * ConfigInvalid for a setting that cannot be used, without repeating it, and for a driver that is not installed.
   */
  open(definition: OpenedDefinition): Promise<SourceConnections>;
}

export interface OpenedDefinition {
  name: string;
  settings: Readonly<Record<string, unknown>>;
}

interface Abilities {
  /** Whether all that is asked within one reading is answered as of one moment; else each statement has its own. */
  oneMoment: boolean;
  /** How the checksum of a segment is come by: asked before its rows are read, or summed up while they are read. */
  checksum: 'statement' | 'with-rows' | 'none';
}

/** Connections to one source, which outlive a run. */
export interface SourceConnections {
  /**
   * One that nobody else uses, as good as a new one. `signal` ends it, and with it whatever the source does for it. Throws
   * SourceUnreachable or SourceRejectedLogin.
   */
  connect(signal: AbortSignal): Promise<SourceSession>;
  /** Once all are released. */
  close(): Promise<void>;
}

/** All that a run or a check does at a source. */
export interface SourceSession {
  /**
   * The segment's columns, without running it. Throws SourceRejectedQuery for what the source refuses, and SegmentInvalid for
   * what is no query, or has two columns of one name.
   */
  describe(segment: Segment): Promise<SegmentColumn[]>;
  /** Whether the segment can be read, without reading a row: unlike `describe`, this asks for the rights on its tables. */
  probe(segment: Segment): Promise<void>;
  begin(): Promise<Reading>;
  /** `succeeded`: what was done on it did. It is kept for others only if so, and if nothing is under way on it. */
  release(succeeded: boolean): Promise<void>;
}

export interface Segment {
  name: string;
  sql: string;
}

/** See `Abilities.oneMoment`. */
export interface Reading {
  /**
   * A checksum of the rows that the source computes without sending them: see `SegmentChecksum`. undefined where it does not
   * compute it; what is read afterwards is as of another moment then.
   */
  checksum(extract: Extract, seed: bigint): Promise<SegmentChecksum | undefined>;
  /** Reads the rows, which ends the reading. */
  read(extract: Extract, options: ReadOptions): ExtractedSegment;
  /** Ends it without reading rows. */
  end(): Promise<void>;
}

/** What a run reads of a segment: its identifier, then the columns in order. One may stand there twice. */
export interface Extract {
  sql: string;
  identifier: string;
  fields: readonly Pick<SegmentColumn, 'name' | 'type'>[];
}

export interface ReadOptions {
  /** `identifier`: by the bytes of its text in UTF-8. */
  order: ReadOrder;
  /** Has the rows' checksum summed up, where that is the source's way of coming by it. */
  checksumSeed?: bigint;
}

/** The rows of a segment while they are read. */
export interface ExtractedSegment {
  /** Lines of `src/lines/format.ts`: the identifier as text, then the fields. A piece is valid until the next one is asked for. */
  rows: AsyncIterable<Buffer>;
  /** Rows read, once `rows` has ended. */
  rowsRead(): number;
  /** Of exactly these rows, once `rows` has ended; undefined where it was not asked for, or is come by in another way. */
  checksum?(): SegmentChecksum | undefined;
}

/**
 * Two readings have the same one when they would read the same rows, in whatever order, and else about once in 2^64: the sum
 * of a 64-bit hash of each row, seeded and keyed by its identifier, so that values that change places between rows are
 * noticed.
 */
export interface SegmentChecksum {
  rows: number;
  /** A decimal number. */
  sum: string;
}
