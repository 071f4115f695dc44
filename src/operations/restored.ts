import { randomUUID } from 'node:crypto';
import { recordAction } from '../engine/audit/audit.js';
import { engineId } from '../engine/database/database.js';
import { movePlace } from '../engine/place/place.js';
import { readPosition } from '../engine/place/position.js';
import { setBack } from '../engine/place/set-back.js';
import { ownTaskQueue, readEngineRecord, recordPosition, refuseOtherOwner } from '../temporal/engine-record.js';
import { taskQueueOf } from '../temporal/task-queue.js';
import type { OperationContext } from './context.js';

/**
 * Somebody says that the engine's database was restored: where it stands now is its place, and everything is owed. With
 * `newIdentity` it is an engine of its own from now on, beside the one that it was copied from. What Temporal remembers of
 * the engine is taken over. Throws EngineMismatch, with nothing changed, when the task queue belongs to another engine. Without
 * a new identity it is safe to repeat.
 */
export async function declareRestored(
  { engine, temporal, actor }: OperationContext,
  { newIdentity }: { newIdentity: boolean },
): Promise<{ activations: number }> {
  const client = await temporal();
  const taskQueue = taskQueueOf(client);
  const identity = newIdentity ? randomUUID() : await engineId(engine);
  const record = await readEngineRecord(client, taskQueue);
  if (record?.isOpen) refuseOtherOwner(client, taskQueue, record.position, identity);
  const told = record?.position.engine === identity ? record.position : undefined;
  const activations = await engine.db.transaction(async (trx) => {
    await trx('outflow.engine').update({ engine_id: identity });
    await movePlace(trx);
    await setBack(trx, told, 'the database of the engine was restored');
    const ids = await trx('outflow.activation').pluck<number[]>('activation_id');
    await recordAction(trx, actor, 'restored', ids);
    return ids;
  });
  const position = await readPosition(engine.db);
  await ownTaskQueue(client, taskQueue, position);
  await recordPosition(client, taskQueue, position);
  return { activations: activations.length };
}
