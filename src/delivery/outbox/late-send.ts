import { copyIn, int4, int8, jsonb } from '../../copy/binary-copy.js';
import { type Engine, withConnection } from '../../engine/database/database.js';
import type { OutboxChunk } from './chunk.js';

/**
 * Records that a request of this chunk may have arrived after its run had lost the claim: all that it carried is owed, above
 * everything that a newer run has acknowledged without knowing of it. Written without a claim: the run has lost it.
 */
export async function recordLateSend(engine: Engine, chunk: OutboxChunk): Promise<void> {
  const { run, layout, rows } = chunk;
  await withConnection(engine, (client) =>
    copyIn(client, 'outflow.late_send (activation_id, run_id, layout, row_count, flags, data)', [
      [int8(run.activationId), int8(run.runId), jsonb(layout), int4(rows.count), rows.flags, rows.data],
    ]),
  );
}
