import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { removeCluster } from '../../src/dev/embedded/postgres-cluster.js';
import { READY_LINE } from '../../src/worker/ready-line.js';
import { definitions, loyaltyTable } from './definitions.js';
import { makeWorkspace } from './workspace.js';

const workspace = await makeWorkspace();
/** Commands find the servers of `outflow dev` only where nothing else names any. */
const environment = { OUTFLOW_DATABASE_URL: undefined };

test('outflow dev gives the commands of its folder servers and a worker, keeps what they hold, and leaves nothing behind', async () => {
  await workspace.source.query(loyaltyTable);
  await workspace.define(definitions());
  const run = (...args: string[]) => workspace.start(args, { environment }).finished;

  const dev = workspace.start(['dev'], { environment });
  await expect.poll(() => dev.output()).toContain('Commands in this folder use these servers.');
  const { pids } = JSON.parse(await readFile(join(workspace.folder, '.outflow', 'dev.json'), 'utf8')) as {
    pids: Record<string, number>;
  };
  expect(await run('apply', '--yes')).toMatchObject({ exitCode: 0 });
  expect(await run('run', 'loyalty')).toMatchObject({ exitCode: 0 });

  // A worker reads its variables when it starts.
  const env = await readFile(join(workspace.folder, '.env'), 'utf8');
  await writeFile(join(workspace.folder, '.env'), env.replace('REST_KEY=the-rest-key', 'REST_KEY=another'));
  await expect.poll(() => dev.output()).toContain('.env has changed: the worker is started again.');
  await workspace.source.query("update loyalty set tier = 'silver'");
  expect(await run('run', 'loyalty')).toMatchObject({ exitCode: 4 });

  dev.process.kill('SIGINT');
  expect(await dev.finished).toMatchObject({ exitCode: 0 });
  await expect(access(join(workspace.folder, '.outflow', 'dev.json'))).rejects.toThrow();
  for (const pid of Object.values(pids)) expect(() => process.kill(pid, 0)).toThrow();

  const again = workspace.start(['dev'], { environment });
  await expect.poll(() => again.output()).toContain('Commands in this folder use these servers.');
  const { stdout } = await run('runs', '--json');
  expect(JSON.parse(stdout)).toMatchObject([{ outcome: 'failed' }, { outcome: 'completed' }]);
  again.process.kill('SIGTERM');
  expect(await again.finished).toMatchObject({ exitCode: 0 });
});

test('outflow dev works without a .env, sees one come, change and go, and lets a stand-in take the updates', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outflow-dev-'));
  const { WAREHOUSE_URL } = parse(await readFile(join(workspace.folder, '.env'), 'utf8'));
  const exported: Record<string, string | undefined> = {
    ...{ WAREHOUSE_URL, OUTFLOW_DATABASE_URL: undefined, TEMPORAL_ADDRESS: undefined, TEMPORAL_NAMESPACE: undefined },
  };
  const start = (...args: string[]) => workspace.start(args, { cwd: folder, environment: exported });
  const written = stringify(definitions()).replace(/\b(REST|IOS|ANDROID)_KEY\b/g, 'BATCH_$1_KEY');
  await writeFile(join(folder, 'outflow.yaml'), written);

  const dev = start('dev', '--stand-in');
  onTestFinished(async () => {
    dev.process.kill('SIGTERM');
    await dev.finished;
    await removeCluster(join(folder, '.outflow', 'postgres'));
    await rm(folder, { recursive: true, force: true });
  });
  await expect.poll(() => dev.output()).toContain('Commands in this folder use these servers.');
  for (const [, name, value] of dev.output().matchAll(/^ {2}export (BATCH_\w+)=(.*)$/gm)) exported[name!] = value;
  const restarts = () => dev.output().split('the worker is started again').length - 1;
  const log = join(folder, '.outflow', 'worker.log');
  const served = async () => (await readFile(log, 'utf8')).split(READY_LINE).length - 1;

  expect(await start('apply', '--yes').finished).toMatchObject({ exitCode: 0 });
  expect(await start('run', 'loyalty').finished).toMatchObject({ exitCode: 0 });
  const { BATCH_URL, BATCH_IOS_KEY } = exported;
  const sent = await fetch(`${BATCH_URL!}/__inspect/contacts?apiKey=${BATCH_IOS_KEY!}`);
  expect((await sent.text()).trim().split('\n')).toHaveLength(30);
  expect(restarts()).toBe(0);

  const env = join(folder, '.env');
  await writeFile(env, 'SOMETHING=1\n');
  await expect.poll(served).toBe(2);
  await writeFile(env, 'SOMETHING=2\n');
  await expect.poll(served).toBe(3);
  await rm(env);
  await expect.poll(served).toBe(4);
  expect(await start('run', 'loyalty').finished).toMatchObject({ exitCode: 0 });
  expect(restarts()).toBe(3);
});
