import { decodeField } from '../activation/copy-text.js';
import type { InvalidRowReason } from '../activation/rendering.js';
import type { Engine } from './database.js';

/** Refusals that stand, of one kind. */
export interface RejectionGroup {
  /** The app's name in the definitions. */
  apiKey: string;
  /** null: the whole contact. */
  attribute: string | null;
  /** As the destination gave it. */
  code: string;
  contacts: number;
}

/** A contact, or one attribute of it, that the destination refused. */
export interface Rejection {
  identifier: string;
  apiKey: string;
  attribute: string | null;
  code: string;
  runId: number;
  rejectedAt: Date;
}

/** A row of the segment that is never sent. */
export interface InvalidRow {
  reason: InvalidRowReason;
  /** null where it is the reason. */
  identifier: string | null;
}

/** The commonest first. */
export async function groupRejections(engine: Engine, activationId: number): Promise<RejectionGroup[]> {
  const { rows } = await engine.db.raw<{ rows: RejectionGroup[] }>(
    `select api_key as "apiKey", attribute, code, count(distinct identifier) as contacts
     from outflow.rejection where activation_id = ?
     group by api_key, attribute, code order by contacts desc, api_key, attribute, code`,
    [activationId],
  );
  return rows;
}

/** At most `limit`, in the order of identifiers. */
export async function listRejections(engine: Engine, activationId: number, limit: number): Promise<Rejection[]> {
  const { rows } = await engine.db.raw<{ rows: (Omit<Rejection, 'identifier'> & { identifier: Buffer })[] }>(
    `select identifier, api_key as "apiKey", attribute, code, run_id as "runId", rejected_at as "rejectedAt"
     from outflow.rejection where activation_id = ?
     order by identifier, api_key, attribute nulls first limit ?`,
    [activationId, limit],
  );
  return rows.map((row) => ({ ...row, identifier: decodeField(row.identifier, 0, row.identifier.length) ?? '' }));
}

/** Rows by reason, as the activation's last published diff counted them. */
export async function countInvalidRows(
  engine: Engine,
  activationId: number,
): Promise<Partial<Record<InvalidRowReason, number>>> {
  const diff = await lastDiff(engine, activationId);
  return diff?.invalid ?? {};
}

/** The rows behind `countInvalidRows`, a block at a time. */
export async function* invalidRows(engine: Engine, activationId: number): AsyncGenerator<InvalidRow> {
  const diff = await lastDiff(engine, activationId);
  if (!diff) return;
  let after = -1;
  for (;;) {
    const block = await engine
      .db<{ seq: number; data: Buffer; run_id: number; diff_attempt: number }>('outflow.invalid_row_block')
      .where({ run_id: diff.run_id, diff_attempt: diff.diff_attempt })
      .where('seq', '>', after)
      .orderBy('seq')
      .first('seq', 'data');
    if (!block) return;
    yield* rowsOf(block.data);
    after = block.seq;
  }
}

function lastDiff(engine: Engine, activationId: number) {
  return engine
    .db<{
      activation_id: number;
      run_id: number;
      diff_attempt: number;
      invalid: Partial<Record<InvalidRowReason, number>>;
    }>('outflow.run_diff')
    .where({ activation_id: activationId })
    .orderBy('run_id', 'desc')
    .first('run_id', 'diff_attempt', 'invalid');
}

/** Lines of COPY text: reason, identifier. */
function* rowsOf(data: Buffer): Generator<InvalidRow> {
  let start = 0;
  while (start < data.length) {
    const tab = data.indexOf('\t', start);
    const end = data.indexOf('\n', tab);
    yield {
      reason: data.toString('utf8', start, tab) as InvalidRowReason,
      identifier: decodeField(data, tab + 1, end),
    };
    start = end + 1;
  }
}
