import type { InvalidRowReason, InvalidValueReason } from '../../activation/rendering.js';
import { findActivation } from '../../engine/activations.js';
import type { Engine } from '../../engine/database.js';
import {
  countInvalidRows,
  groupRejections,
  invalidRows,
  listRejections,
  type InvalidRow,
  type Rejection,
  type RejectionGroup,
} from '../../engine/rejections.js';
import type { InvalidValue } from '../../snapshot/invalid-values.js';
import { maskIdentifier } from '../mask-identifier.js';
import { standingInvalidValues } from './standing-invalid-values.js';

interface InvalidValueGroup {
  attribute: string;
  reason: InvalidValueReason;
  values: number;
}

/** Everything of an activation that is not at its destination as the segment has it. */
export interface RejectionReport {
  activation: string;
  /** Refused by the destination; sent again by the next run. */
  rejected: { byReason: RejectionGroup[]; contacts: Omit<Rejection, 'rejectedAt'>[] };
  /** Rows that the last run left out. */
  invalidRows: { byReason: Partial<Record<InvalidRowReason, number>>; rows: InvalidRow[] };
  /** Values that the destination cannot hold, left out until they change. */
  invalidValues: { byReason: InvalidValueGroup[]; values: InvalidValue[] };
}

/** Counts of all, and at most `limit` contacts, rows and values each. */
export async function readRejections(
  engine: Engine,
  activation: string,
  { limit, showValues }: { limit: number; showValues: boolean },
): Promise<RejectionReport> {
  const { activationId } = await findActivation(engine.db, activation);
  const shown = showValues ? (identifier: string) => identifier : maskIdentifier;
  const contacts = await listRejections(engine, activationId, limit);
  return {
    activation,
    rejected: {
      byReason: await groupRejections(engine, activationId),
      contacts: contacts.map((each) => ({ ...each, identifier: shown(each.identifier) })),
    },
    invalidRows: {
      byReason: await countInvalidRows(engine, activationId),
      rows: (await firstOf(invalidRows(engine, activationId), limit)).map(({ reason, identifier }) => ({
        reason,
        identifier: identifier === null ? null : shown(identifier),
      })),
    },
    invalidValues: await gatherInvalidValues(standingInvalidValues(engine, { activation, activationId }), limit, shown),
  };
}

async function gatherInvalidValues(
  all: AsyncIterable<InvalidValue>,
  limit: number,
  shown: (identifier: string) => string,
): Promise<RejectionReport['invalidValues']> {
  const groups = new Map<string, InvalidValueGroup>();
  const values: InvalidValue[] = [];
  for await (const { identifier, attribute, reason } of all) {
    const key = `${attribute} ${reason}`;
    const group = groups.get(key) ?? { attribute, reason, values: 0 };
    group.values++;
    groups.set(key, group);
    if (values.length < limit) values.push({ identifier: shown(identifier), attribute, reason });
  }
  return { byReason: [...groups.values()].sort((a, b) => b.values - a.values), values };
}

async function firstOf<T>(all: AsyncIterable<T>, limit: number): Promise<T[]> {
  const first: T[] = [];
  for await (const each of all) {
    if (first.length === limit) break;
    first.push(each);
  }
  return first;
}
