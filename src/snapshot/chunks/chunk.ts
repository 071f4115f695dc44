import { maskBytes } from '../../lines/column-mask.js';

/** What a row of a chunk says of its contact. Stored as a byte. */
export const Operation = {
  /** Was not in the snapshot; the line is its row of the segment. */
  new: 1,
  /** Was in the snapshot with another line. */
  changed: 2,
  /** Left the segment; the line holds the key alone. */
  gone: 3,
} as const;
export type Operation = (typeof Operation)[keyof typeof Operation];

/** `send`: rows with something to send. `settle`: rows whose differences are decided without a request, and gone contacts. */
export type ChunkKind = 'send' | 'settle';

/** Rows in key order as they are stored: for each its operation and the columns it carries, and its line. */
export interface ChunkRows {
  rowCount: number;
  /** A row: one byte for the operation, then a mask. */
  flags: Buffer;
  /** A row: a line of COPY text with its newline. */
  data: Buffer;
}

export interface ChangeChunk extends ChunkRows {
  kind: ChunkKind;
  /** From 1. */
  seq: number;
  /** The key's own bytes, without COPY's escapes. */
  lastKey: Buffer;
  /** A row: the hash of the line that it replaces, zeros for none; empty when all rows are new. */
  replaced: Buffer;
  /** By column: by how much the number of invalid values grows when this chunk is acknowledged. May be negative. */
  invalidValues: number[];
}

export interface BuiltChunk extends ChangeChunk {
  /** Says that `data` is not needed any more: its memory is used for a later chunk. May be left undone. */
  release: () => void;
}

/** Bytes of the flags of one row, for a layout with this many columns. */
export function flagBytes(columns: number): number {
  return 1 + maskBytes(columns);
}
