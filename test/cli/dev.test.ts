import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
