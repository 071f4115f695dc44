import type { z } from 'zod';
import type { AttributeMapping } from '../activation/definitions.js';
import type { AttributeRule, InvalidRowReason } from '../activation/rendering.js';
import type { Conversions, SegmentColumn } from '../activation/segment-column.js';
import type { Body } from './kit/body.js';
import type { BodyRule } from './kit/body-rule.js';

/**
 * A kind of service that contacts are sent to: one folder each, one line each in `registry.ts`. All of it is data and pure
 * functions. A destination describes calls and judges answers; it never sends, waits, retries, splits, marks or stores.
 */
export interface DestinationType {
  /** `type:` in outflow.yaml, and the name of its folder. */
  readonly type: string;
  /** The service's name in messages. */
  readonly service: string;
  /** Example of a whole definition, for a remedy. */
  readonly example: string;
  /** What `destinations.<name>` holds beside `type`. Secrets are `${VAR}` references, and stay that. */
  readonly settings: z.ZodRawShape;
  /** `settings`: as the schema gives them. */
  readonly open: (settings: Record<string, unknown>) => Destination;
}

/** A destination with the settings of its definition. */
export interface Destination {
  readonly traits: Traits;
  readonly limits: Limits;
  /** Each gets every change, one after the other, with its own pace, progress and refusals. At least one, in order. */
  readonly targets: readonly Target[];
  readonly attributes: AttributeRules;
  readonly identifier: IdentifierRule;
  /** The call that carries some rows of a chunk. Whoever gets it releases its body. */
  readonly call: (sending: Sending) => RowsCall;
  /** What the answer to such a call means. Texts of the answer may hold contact data, and stay here. */
  readonly judge: (sending: Sending, answer: HttpAnswer) => Verdict;
  /** Calls that change nothing, whose answers say whether the destination lets us in. At least one for each target. */
  readonly probes: readonly Probe[];
}

/** What may be relied on: for the conformance tests and the docs. */
export interface Traits {
  /** `set`: the same call again changes nothing. `keyed`: a second one with the same key is dropped. */
  repeat: 'set' | 'keyed';
  /** What a row carries: the attributes that changed, or all that are mapped. */
  carries: 'changed' | 'whole';
  /** What becomes of a contact that the service does not know. */
  unknownContacts: 'created' | 'refused' | 'ignored';
  /** Whether refusals may name single rows, or attributes of rows. Else a refused call is split until its contact is alone. */
  refuses: 'calls' | 'rows' | 'attributes';
}

export interface Limits {
  /** Rows of a chunk. */
  chunkRows: number;
  /** Lines of a chunk, bytes. */
  chunkBytes: number;
  /** Rows of one call. */
  callRows: number;
  /** A body, bytes. A single row is sent whatever its size. */
  callBytes: number;
  /** Chunks under way at once. */
  concurrency: number;
  /** More refused contacts of a chunk for one target than this fail the run. */
  maxRejectedPerChunk: number;
  /** Hard deadline of one HTTP request, from connecting to the end of the answer, milliseconds. */
  requestTimeoutMs: number;
}

export interface Target {
  /** Stands in refusals, progress and messages: `ios`. */
  readonly name: string;
  /** Where its contacts are: what was acknowledged holds for this alone, and another one is sent everything. */
  readonly identity: Identity;
  /** Each call waits for its turn on all of them. */
  readonly timelines: readonly Timeline[];
}

/** An account at an address. References are filled in, and both are hashed before they are stored. */
export interface Identity {
  /** As in `CallUrl`. */
  readonly base: string;
  /** What tells the accounts at that address apart, such as the `${VAR}` of a key; empty where it is the address alone. */
  readonly account: string;
}

export interface Timeline {
  readonly key: Identity;
  /** How long a call of so many rows keeps the timeline busy, milliseconds. */
  readonly costMs: (rows: number) => number;
}

interface AttributeRules {
  /** What `type:` of an attribute may say. */
  readonly types: readonly string[];
  /** What shows without a source: names, counts. */
  readonly faults: (mapping: readonly AttributeMapping[]) => MappingFault[];
  /**
   * How an attribute is written, from the kind of its column. Throws SegmentInvalid or ConfigInvalid that names the column and
   * what to write in the segment.
   */
  readonly rule: (mapping: AttributeMapping, column: MappedColumn) => BodyRule;
  /** What is wrong with the attributes of an activation together, once their columns are known. */
  readonly faultTogether: (rules: readonly AttributeRule[]) => { rule: string; remedy: string } | undefined;
}

/** A column of a segment, or of stored lines. */
export type MappedColumn = Pick<SegmentColumn, 'type' | 'kind'> & { conversions?: Conversions };

/** `rule` completes the path of the attribute, or of all where it names none: `has 51 attributes, and ...`. */
export interface MappingFault {
  attribute?: string;
  rule: string;
  remedy: string;
}

export interface IdentifierRule {
  /** Why no contact can have this identifier, or undefined. */
  readonly fault: (identifier: string) => InvalidRowReason | undefined;
  /** The same of a field as it stands in a line, `line[start..end)`. Called for every row of a first run. */
  readonly faultOfField: (line: Buffer, start: number, end: number) => InvalidRowReason | undefined;
}

/** What a call is made of: the rows `from` to `to` (exclusive) of a chunk, at most `limits.callRows`, for one target. */
export interface Sending {
  readonly target: Target;
  /** Of each column. */
  readonly rules: readonly BodyRule[];
  readonly rows: SentRows;
  readonly from: number;
  readonly to: number;
  /** The same for each attempt of these rows, and for no others: made of activation, run, chunk, target and range. */
  readonly key: string;
  readonly activation: string;
}

/** Rows of a chunk, as bodies are made of them. */
export interface SentRows {
  /** A line for each row, with its newline: the identifier, then a field for each column. */
  readonly data: Buffer;
  /** Where the line of a row (from 0) starts. */
  lineStart(row: number): number;
  /** Whether the column (from 0) of the row is to be sent. */
  carries(row: number, column: number): boolean;
  /** Whether the contact was not in the segment before. */
  isNew(row: number): boolean;
}

/** `${VAR}` in `url` and in headers are filled in when the call leaves: no destination ever sees a secret. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: CallUrl;
  readonly headers: Readonly<Record<string, string>>;
  /** The `${VAR}` of a secret by which the call is signed when it leaves, as Standard Webhooks say; its id is `webhook-id`. */
  readonly signedWith?: string;
}

interface CallUrl {
  /** From the settings; `${VAR}` may stand in it, or be all of it. A slash at its end does not count. */
  readonly base: string;
  /** Appended to it, `/` first; values of `${VAR}` are percent-encoded. */
  readonly path: string;
}

export interface RowsCall extends Call {
  readonly body: Body;
}

export interface HttpAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The beginning, as far as it was read. */
  readonly body: string;
  /** False where it broke off, stalled, or was too long to be read to its end. */
  readonly isWhole: boolean;
}

/** What a service says of its refusal. Its free text is left out: it may quote contact data. */
export interface Refusal {
  /** HTTP status. */
  status: number;
  /** A constant of theirs, `[A-Z0-9_. ]{1,64}`: `MALFORMED_PARAMETER 31`. */
  code?: string;
}

/** What became of a call, by what the sender must do next. */
export type Verdict =
  /** Taken, but for these. */
  | { kind: 'taken'; refused?: readonly RefusedRow[] }
  /** Nothing is taken, because of something in it: `rows`, counted like those above, where the answer names them; else it is split. */
  | { kind: 'refused'; refusal: Refusal; rows?: readonly number[] }
  /** Nothing is taken, because there is too much in it. */
  | { kind: 'too large'; refusal: Refusal }
  /** The keys, the plan or the address: no contact is to blame, and no retry helps. */
  | { kind: 'unauthorized'; refusal: Refusal; remedy: string }
  | { kind: 'busy'; retryAfterMs?: number }
  /** No usable answer: the call may have been applied. `reason` is a short text of ours: `http 503`, `timeout`. */
  | { kind: 'unavailable'; reason: string; retryAfterMs?: number };

/** `row` counts from the call's first. Without `columns`, by their number in the rules, the whole contact is refused. */
export interface RefusedRow {
  row: number;
  columns?: readonly number[];
  refusal: Refusal;
}

export interface Probe {
  readonly target: Target;
  readonly call: Call & { readonly body?: string };
  readonly judge: (answer: HttpAnswer) => ProbeVerdict;
}

export type ProbeVerdict =
  { kind: 'let in' } | { kind: 'unauthorized'; refusal: Refusal; remedy: string } | { kind: 'unknown'; reason: string };
