import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Peer, PeerTask } from './peer.js';

/** dlt with Arrow tables from the source to the destination. It has no comparison either: each run sends everything. */
export async function dlt({ folder, bin, sourceUrl, table, destinationUrl }: PeerTask): Promise<Peer> {
  const home = join(folder, 'dlt');
  await mkdir(home, { recursive: true });
  return {
    name: 'dlt 1.31.0, Arrow',
    command: join(bin, 'python'),
    args: [fileURLToPath(new URL('./dlt_pipeline.py', import.meta.url))],
    cwd: home,
    env: {
      HOME: home,
      DLT_DATA_DIR: home,
      RUNTIME__DLTHUB_TELEMETRY: 'false',
      SOURCE_URL: sourceUrl,
      SOURCE_TABLE: table,
      DESTINATION_URL: destinationUrl,
    },
  };
}
