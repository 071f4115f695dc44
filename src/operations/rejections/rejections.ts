import type { InvalidRowReason, InvalidValueReason } from '../../activation/rendering.js';
import type { KnownActivation } from '../../engine/definitions/activations.js';
import type { Engine } from '../../engine/database/database.js';
import {
  countInvalidRows,
  groupRejections,
  invalidRows,
  listRejections,
  streamRejections,
  type InvalidRow,
  type Rejection,
  type RejectionGroup,
} from '../../engine/runs/rejections.js';
import type { InvalidValue } from '../../snapshot/store/invalid-values.js';
import { maskIdentifier } from '../../text/mask-identifier.js';
import { standingInvalidValues } from './standing-invalid-values.js';

interface InvalidValueGroup {
  attribute: string;
  reason: InvalidValueReason;
  values: number;
}

/** Everything of an activation that is not at its destination as the segment has it. */
export interface RejectionReport {
  activation: string;
  /** Refused by the destination. */
  rejected: { byReason: RejectionGroup[]; contacts: Rejection[] };
  /** Rows that the last run left out; those without an identifier are counted and not listed. */
  invalidRows: { byReason: Partial<Record<InvalidRowReason, number>>; rows: InvalidRow[] };
  /** Values that the destination cannot hold, left out until they change. */
  invalidValues: { byReason: InvalidValueGroup[]; values: InvalidValue[] };
}

export interface Selection {
  /** Only what has this reason, as the destination or Outflow gave it. Default: everything. */
  reason?: string;
  /** Identifiers in full. */
  showValues: boolean;
}

/** What is refused or left out, one by one and without an end: as `RejectionReport` has it. */
export interface Unsent {
  rejections: AsyncIterable<Rejection>;
  invalidRows: AsyncIterable<InvalidRow>;
  invalidValues: AsyncIterable<InvalidValue>;
}

export function unsent(engine: Engine, { activationId, name }: KnownActivation, selection: Selection): Unsent {
  const isSelected = reasonFilter(selection);
  const shown = identifierText(selection);
  return {
    rejections: becoming(streamRejections(engine, activationId, selection.reason), (rejection) => ({
      ...rejection,
      identifier: shown(rejection.identifier),
    })),
    invalidRows: becoming(invalidRows(engine, activationId), ({ reason, identifier }) =>
      isSelected(reason) ? { reason, identifier: identifier === null ? null : shown(identifier) } : undefined,
    ),
    invalidValues: becoming(standingInvalidValues(engine, { activation: name, activationId }), (value) =>
      isSelected(value.reason) ? { ...value, identifier: shown(value.identifier) } : undefined,
    ),
  };
}

/** Counts of all, and at most `limit` contacts, rows and values each. */
export async function readRejections(
  engine: Engine,
  activation: KnownActivation,
  selection: Selection & { limit: number },
): Promise<RejectionReport> {
  const { activationId, name } = activation;
  const { limit, reason } = selection;
  const isSelected = reasonFilter(selection);
  const shown = identifierText(selection);
  const all = unsent(engine, activation, selection);
  const contacts = await listRejections(engine, activationId, limit, reason);
  const rowsByReason = Object.entries(await countInvalidRows(engine, activationId));
  return {
    activation: name,
    rejected: {
      byReason: (await groupRejections(engine, activationId)).filter(({ code }) => isSelected(code)),
      contacts: contacts.map((contact) => ({ ...contact, identifier: shown(contact.identifier) })),
    },
    invalidRows: {
      byReason: Object.fromEntries(rowsByReason.filter(([found]) => isSelected(found))),
      rows: await firstOf(becoming(all.invalidRows, withIdentifier), limit),
    },
    invalidValues: await gatherInvalidValues(all.invalidValues, limit),
  };
}

/** Rows without an identifier cannot be told apart: their count says all. */
function withIdentifier(row: InvalidRow): InvalidRow | undefined {
  return row.reason === 'null_identifier' || row.reason === 'empty_identifier' ? undefined : row;
}

function reasonFilter({ reason }: Selection): (found: string) => boolean {
  return (found) => reason === undefined || found === reason;
}

function identifierText({ showValues }: Selection): (identifier: string) => string {
  return showValues ? (identifier) => identifier : maskIdentifier;
}

async function gatherInvalidValues(
  all: AsyncIterable<InvalidValue>,
  limit: number,
): Promise<RejectionReport['invalidValues']> {
  const groups = new Map<string, InvalidValueGroup>();
  const values: InvalidValue[] = [];
  for await (const { identifier, attribute, reason } of all) {
    const key = `${attribute} ${reason}`;
    const group = groups.get(key) ?? { attribute, reason, values: 0 };
    group.values++;
    groups.set(key, group);
    if (values.length < limit) values.push({ identifier, attribute, reason });
  }
  return { byReason: [...groups.values()].sort((a, b) => b.values - a.values), values };
}

/** Leaves out what becomes undefined. */
async function* becoming<T>(all: AsyncIterable<T>, becomes: (one: T) => T | undefined): AsyncGenerator<T> {
  for await (const one of all) {
    const shown = becomes(one);
    if (shown !== undefined) yield shown;
  }
}

async function firstOf<T>(all: AsyncIterable<T>, limit: number): Promise<T[]> {
  const first: T[] = [];
  for await (const one of all) {
    first.push(one);
    if (first.length === limit) break;
  }
  return first;
}
