import type { Knex } from 'knex';
import type { EnginePosition } from '../../activation/engine-position.js';
import { OutflowError } from '../../activation/errors.js';
import { setBack } from './set-back.js';

interface EngineRow {
  engine_id: string;
  epoch: Date;
  sendings: number;
  sent_run: number;
}

/** How far the database has come. */
export async function readPosition(db: Knex): Promise<EnginePosition> {
  const row = await db<EngineRow>('outflow.engine').first('engine_id', 'epoch', 'sendings', 'sent_run');
  if (!row) throw new Error('outflow.engine has no row');
  return { engine: row.engine_id, epoch: row.epoch.getTime(), sendings: row.sendings, runId: row.sent_run };
}

/**
 * Compares the database with what Temporal was told of it, `told` being read before the transaction began. A database that
 * lacks something was set back, by a restore or by a standby that took over without it: then everything is owed. Throws
 * EngineMismatch when it has not seen that it was set back before: it is an older copy.
 */
export async function noticeSetBack(trx: Knex.Transaction, told: EnginePosition | undefined): Promise<void> {
  if (told === undefined) return;
  const here = await readPosition(trx);
  if (told.epoch < here.epoch || told.engine !== here.engine) return;
  if (told.epoch > here.epoch) throw ofAnOlderEpoch();
  if (told.sendings <= here.sendings) return;
  await trx('outflow.engine').forUpdate().first();
  if (told.epoch === (await readPosition(trx)).epoch) {
    await setBack(trx, told, 'the database of the engine had gone back to an earlier moment');
  }
}

function ofAnOlderEpoch(): OutflowError {
  return new OutflowError(
    'EngineMismatch',
    "The engine's database is an older copy: since it was made, the engine was restored, and Temporal remembers that.",
    'If this database takes the place of the newer one: `outflow restored`. If it was opened by mistake, correct OUTFLOW_DATABASE_URL.',
  );
}
