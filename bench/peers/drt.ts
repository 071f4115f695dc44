import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attributes } from '../source-data.js';
import type { Peer, PeerTask } from './peer.js';

/**
 * drt as fast as its settings make it: PostgreSQL builds each contact as JSON, the template only joins them, and a call
 * takes as many as the destination allows. It has no comparison for a REST destination, so each run sends everything.
 */
export async function drt({ folder, bin, sourceUrl, table, destinationUrl }: PeerTask): Promise<Peer> {
  const project = join(folder, 'drt');
  const home = join(folder, 'drt-home');
  await mkdir(join(project, 'syncs'), { recursive: true });
  await mkdir(join(home, '.drt'), { recursive: true });
  const source = new URL(sourceUrl);
  const profile = {
    type: 'postgres',
    host: source.hostname,
    port: Number(source.port),
    dbname: source.pathname.slice(1),
    user: source.username,
    password_env: 'SOURCE_PASSWORD',
    fetch_size: 10_000,
  };
  // JSON is YAML
  await writeFile(join(home, '.drt', 'profiles.yml'), JSON.stringify({ warehouse: profile }));
  await writeFile(
    join(project, 'drt_project.yml'),
    JSON.stringify({ name: 'bench', version: '1.0', profile: 'warehouse' }),
  );
  await writeFile(join(project, 'syncs', 'contacts.yml'), JSON.stringify(sync(table, destinationUrl)));
  return {
    name: 'drt-core 1.2.1, tuned',
    command: join(bin, 'drt'),
    args: ['run', '--select', 'contacts'],
    cwd: project,
    env: { HOME: home, SOURCE_PASSWORD: decodeURIComponent(source.password), DO_NOT_TRACK: '1' },
  };
}

function sync(table: string, destinationUrl: string): object {
  const values = attributes.map((name) => `'u.${name}', ${name}`).join(', ');
  const item = `json_build_object('id', email, 'update', json_build_object('overwrite', false, 'values', json_build_object(${values})))`;
  return {
    name: 'contacts',
    model: `select ${item}::text as item from ${table}`,
    destination: {
      type: 'rest_api',
      url: destinationUrl,
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body_mode: 'batch',
      max_records_per_request: 10_000,
      batch_template: '[{% for row in rows %}{{ "," if not loop.first }}{{ row.item }}{% endfor %}]',
    },
    sync: {
      mode: 'full',
      batch_size: 10_000,
      rate_limit: { requests_per_second: 100_000 },
      on_error: 'fail',
    },
  };
}
