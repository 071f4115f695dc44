import { join } from 'node:path';
import type { Ground } from '../ground.js';

const packages = [
  'drt-core[postgres]==1.2.1',
  'dlt[sql-database,postgres,parquet]==1.31.0',
  'sqlalchemy',
  'psycopg2-binary',
  'pyarrow',
  'orjson',
  'requests',
];

/** Installs the peers into a Python environment in `folder`. The folder of its programs. Throws where Python or pip fail. */
export async function installPeers(ground: Ground, folder: string): Promise<string> {
  const environment = join(folder, 'python');
  await ground.run('python3', ['-m', 'venv', environment], {});
  const bin = join(environment, 'bin');
  await ground.run(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', ...packages], {});
  return bin;
}
