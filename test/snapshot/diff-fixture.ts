import { encodeField, unescapeField } from '../../src/lines/format.js';
import type { AttributeMapping } from '../../src/activation/definitions.js';
import type { AttributeRule } from '../../src/activation/rendering.js';
import { attributeRule } from '../../src/destinations/batch-mep/attribute-rule.js';
import { identifierFieldFault } from '../../src/destinations/batch-mep/identifiers.js';
import { type BuiltChunk, type ChangeChunk, Operation } from '../../src/snapshot/chunks/chunk.js';
import { computeDiff, type DiffFigures } from '../../src/snapshot/diff/merge.js';
import { Deferrals } from '../../src/snapshot/diff/deferrals.js';
import { LineHasher } from '../../src/snapshot/index/line-hash.js';
import { SendChunkRows } from '../../src/snapshot/chunks/rows.js';
import { columnOf } from '../sources/postgres/column.js';

/** Of no generation in particular. */
export const anyHasher = new LineHasher(Buffer.alloc(32, 'seed'));

/** A value of the snapshot that is not known to be at the destination. */
export const owed = Symbol('owed');

/** A contact: its identifier, then its values in the order of the attributes. */
export type Contact = (string | null | typeof owed)[];

/** An attribute of a diff: its name, the type of its column, and what differs from the default policies. */
export interface TestAttribute extends Partial<AttributeMapping> {
  attribute: string;
  column: string;
}

/** The attributes of most tests. */
export const nameAndTier: TestAttribute[] = [
  { attribute: 'name', column: 'text' },
  { attribute: 'tier', column: 'text' },
];

export function mappingOf({ attribute, ...policies }: Omit<TestAttribute, 'column'>): AttributeMapping {
  return {
    attribute,
    field: attribute,
    onTooLong: 'leave-out',
    onNotFinite: 'leave-out',
    onNull: 'clear',
    ...policies,
  };
}

export function ruleOf({ column, ...mapping }: TestAttribute): AttributeRule {
  return attributeRule(mappingOf(mapping), columnOf(column));
}

/** Lines of COPY text. */
export function linesOf(contacts: readonly Contact[]): Buffer {
  return Buffer.from(contacts.map((contact) => `${contact.map(fieldOf).join('\t')}\n`).join(''));
}

function fieldOf(value: Contact[number]): string {
  return value === owed ? '\\U' : encodeField(value);
}

export interface DiffOf {
  segment: readonly Contact[];
  snapshot?: readonly Contact[];
  /** Default: `nameAndTier`. */
  attributes?: readonly TestAttribute[];
  standingInvalidValues?: readonly number[];
  limits?: { maxRows?: number; maxBytes?: number };
  /** How the bytes of the segment arrive. Default: all at once. */
  pieceBytes?: number;
}

/** A contact of a chunk: `new zoe: name, tier`. */
type Change = string;

export interface TestDiff {
  figures: DiffFigures;
  /** What is sent, in order. */
  sent: Change[];
  /** What enters the snapshot without a request, in order. */
  settled: Change[];
  /** `reason identifier`, in order. */
  invalid: string[];
  chunks: ChangeChunk[];
}

export async function diffOf(input: DiffOf): Promise<TestDiff> {
  const attributes = input.attributes ?? nameAndTier;
  const chunks: ChangeChunk[] = [];
  const invalid: string[] = [];
  const figures = await computeDiff(
    {
      segment: piecesOf(linesOf(input.segment), input.pieceBytes),
      snapshot: piecesOf(linesOf(input.snapshot ?? []), input.pieceBytes),
      rules: attributes.map(ruleOf),
      hasher: anyHasher,
      rowsRead: () => input.segment.length,
      deferrals: new Deferrals(new Map()),
      identifierFault: identifierFieldFault,
      standingInvalidValues: input.standingInvalidValues ?? attributes.map(() => 0),
      limits: { maxRows: 10_000, maxBytes: 1 << 20, ...input.limits },
    },
    {
      chunk: (chunk) => Promise.resolve(void chunks.push(kept(chunk))),
      invalidRows: ({ data }) => Promise.resolve(void invalid.push(...invalidOf(data))),
    },
  );
  const changesOf = (kind: ChangeChunk['kind']): Change[] =>
    chunks.filter((chunk) => chunk.kind === kind).flatMap((chunk) => describeChanges(chunk, attributes));
  return { figures, sent: changesOf('send'), settled: changesOf('settle'), invalid, chunks };
}

/** A chunk as it was, while its memory is used for others. */
export function kept({ release, ...chunk }: BuiltChunk): ChangeChunk {
  const data = Buffer.from(chunk.data);
  release();
  return { ...chunk, data };
}

/** The contacts of a chunk: `new zoe: name, tier`. */
export function describeChanges(chunk: ChangeChunk, attributes: readonly { attribute: string }[]): Change[] {
  const rows = new SendChunkRows(chunk, attributes.length);
  return Array.from({ length: rows.count }, (_, row) => {
    const operation = chunk.flags[(chunk.flags.length / rows.count) * row];
    const name = Object.entries(Operation).find(([, code]) => code === operation)![0];
    const carried = attributes.filter((__, column) => rows.carries(row, column)).map(({ attribute }) => attribute);
    return `${name} ${rows.key(row).toString()}: ${carried.join(', ')}`.trimEnd();
  });
}

function invalidOf(data: Buffer): string[] {
  const lines = data.toString().split('\n').slice(0, -1);
  return lines.map((line) => {
    const [reason, identifier] = line.split('\t') as [string, string];
    return `${reason} ${String(unescapeField(identifier))}`;
  });
}

export async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* items;
}

export async function* piecesOf(bytes: Buffer, pieceBytes = bytes.length): AsyncGenerator<Buffer> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
