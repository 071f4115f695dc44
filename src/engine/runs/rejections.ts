import { type Actor, outflowItself } from '../../activation/actor.js';
import { decodeField } from '../../lines/format.js';
import type { InvalidRowReason } from '../../activation/rendering.js';
import { recordAction } from '../audit/audit.js';
import type { Engine } from '../database/database.js';

/** Refusals that stand, of one kind. */
export interface RejectionGroup {
  /** Of the destination, as the definitions name it: an app. */
  target: string;
  /** null: the whole contact. */
  attribute: string | null;
  /** As the destination gave it. */
  code: string;
  contacts: number;
}

/** A contact, or one attribute of it, that the destination refused. */
export interface Rejection {
  identifier: string;
  target: string;
  attribute: string | null;
  code: string;
  runId: number;
  rejectedAt: Date;
  /** How often in a row these values were refused. */
  attempts: number;
  /** Sent again by the first run after it, and by any run before it when other values are to be sent. */
  dueAt: Date;
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
    `select target, attribute, code, count(distinct identifier) as contacts
     from outflow.rejection where activation_id = ?
     group by target, attribute, code order by contacts desc, target, attribute, code`,
    [activationId],
  );
  return rows;
}

type RejectionRow = Omit<Rejection, 'identifier'> & { identifier: Buffer };

const REJECTIONS = /* sql */ `
  select identifier, target, attribute, code, run_id as "runId", rejected_at as "rejectedAt", attempts,
    due_at as "dueAt", rejection_id as "rejectionId"
  from outflow.rejection
  where activation_id = :activationId and (cast(:reason as text) is null or code = :reason)`;

/** At most `limit`, in the order of identifiers; `reason`: with this code only. */
export async function listRejections(
  engine: Engine,
  activationId: number,
  limit: number,
  reason?: string,
): Promise<Rejection[]> {
  const { rows } = await engine.db.raw<{ rows: RejectionRow[] }>(
    `${REJECTIONS} order by identifier, target, attribute nulls first limit :limit`,
    { activationId, reason: reason ?? null, limit },
  );
  return rows.map(asRejection);
}

const PAGE = 1000;

/**
 * All of them, those of the earliest acknowledgement first; `reason`: with this code only. By number, because an
 * identifier to go on from would be a bind parameter, which servers log.
 */
export async function* streamRejections(
  engine: Engine,
  activationId: number,
  reason?: string,
): AsyncGenerator<Rejection> {
  for (let after = 0; ;) {
    const { rows } = await engine.db.raw<{ rows: (RejectionRow & { rejectionId: number })[] }>(
      `${REJECTIONS} and rejection_id > :after order by rejection_id limit :limit`,
      { activationId, reason: reason ?? null, after, limit: PAGE },
    );
    yield* rows.map(asRejection);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.rejectionId;
  }
}

function asRejection({
  identifier,
  target,
  attribute,
  code,
  runId,
  rejectedAt,
  attempts,
  dueAt,
}: RejectionRow): Rejection {
  return { identifier: identifier.toString(), target, attribute, code, runId, rejectedAt, attempts, dueAt };
}

/**
 * Makes the refused contacts due: the next diff finds them. Returns how many contacts that concerns. `reason`: contacts
 * with a refusal of this code; all refusals of a contact are due at once, because it is sent to every target.
 */
export async function retryRejections(
  engine: Engine,
  activationId: number,
  reason?: string,
  actor: Actor = outflowItself,
): Promise<number> {
  return engine.db.transaction(async (trx) => {
    const { rows } = await trx.raw<{ rows: [{ contacts: number }] }>(
      `with chosen as (
       select distinct identifier from outflow.rejection
       where activation_id = :activationId and (cast(:reason as text) is null or code = :reason)),
     made_due as (
       update outflow.rejection r set due_at = statement_timestamp()
       from chosen where r.activation_id = :activationId and r.identifier = chosen.identifier
         and r.due_at > statement_timestamp())
     select count(*) as contacts from chosen`,
      { activationId, reason: reason ?? null },
    );
    const [{ contacts }] = rows;
    if (contacts > 0) await recordAction(trx, actor, 'retry', [activationId], { reason });
    return contacts;
  });
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
