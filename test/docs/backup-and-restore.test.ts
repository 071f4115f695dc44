import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { StatusReport } from '../../src/operations/status.js';
import { activation, definitions, loyaltyTable } from '../cli/definitions.js';
import { keys, makeWorkspace, type Workspace } from '../cli/workspace.js';
import { debianPostgres, startDebianPostgres } from '../support/debian-postgres.js';
import { stretched } from '../support/patience.js';
import { builtDist, temporalCli } from '../support/stack.js';
import type { WorkerProcess } from '../support/start-worker.js';
import { codeBlocks, page } from './markdown.js';
import { runLine } from './shell.js';

const programs = debianPostgres();
const title = 'the commands of the page on backups, in its order, bring back what the destination lacks';

test.skipIf(programs === undefined && process.env['CI'] === undefined)(
  programs === undefined ? `${title} (needs PostgreSQL of Debian: apt-get install postgresql)` : title,
  { timeout: stretched(240_000) },
  async () => {
    const server = await startDebianPostgres(programs!, afterAll);
    const workspace = await makeWorkspace();
    const { source, environment } = workspace;
    environment['PATH'] = await commandsOf(workspace);
    environment['OUTFLOW_DATABASE_URL'] = server.url('postgres');
    await source.query(loyaltyTable);
    await workspace.define(definitions({ activations: { loyalty: activation() } }));
    expect(await workspace.outflow('apply', '--yes')).toMatchObject({ exitCode: 0 });
    let worker: WorkerProcess | undefined = await workspace.startWorker();

    const [backUp, restore, copy, giveFree] = codeBlocks(page('docs/backup-and-restore.md'), 'sh').map(linesOf);
    const type = async (lines: readonly string[]): Promise<string> => {
      let written = '';
      for (const line of lines) {
        const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
        if (name === 'OUTFLOW_DATABASE_URL') environment[name] = server.url(new URL(value!).pathname.slice(1));
        else if (name !== undefined) environment[name] = value!;
        else if (line === 'outflow worker') worker = await workspace.startWorker();
        else {
          const answered = line.startsWith('outflow restored') ? `${line} --yes` : line;
          written += await runLine(answered, {
            cwd: workspace.folder,
            env: { HOME: workspace.folder, ...environment },
          });
        }
      }
      return written;
    };

    await sendAll(workspace);
    await type(backUp!);
    await source.query(`update loyalty set tier = 'platinum' where points <= 10`);
    await sendAll(workspace);
    await worker.kill();
    await source.query(`update loyalty set tier = 'gold'`); // back to what the dump knows

    await type(restore!.filter((line) => /^(createdb|export|pg_restore) /.test(line)));
    const refused = await workspace.outflow('worker');
    expect(refused.exitCode).toBe(2);
    expect(refused.stdout).toContain('`outflow restored`');
    const said = await type(restore!.filter((line) => line.startsWith('outflow ')));
    expect(said).toContain('1 activation will send everything again');
    expect(said).toMatch(/everything is owed, because the database of the engine was restored\. loyalty still owes it/);
    await sendAll(workspace);
    expect(await tiersAt(workspace)).toEqual(new Set(['gold']));
    const [status] = await workspace.outflowJson<StatusReport>('status');
    expect(status).toMatchObject({ setBack: null });

    const original = { ...environment };
    await type(copy!); // its worker runs beside that of the original
    await workspace.killWorkers();
    Object.assign(environment, original);
    await type(giveFree!);
  },
);

function linesOf(block: string): string[] {
  return block.split('\n').filter((line) => line !== '');
}

async function sendAll(workspace: Workspace): Promise<void> {
  const { exitCode, stdout, stderr } = await workspace.outflow('run', 'loyalty');
  expect(exitCode, stdout + stderr).toBe(0);
}

/** What the apps hold of the attribute. */
async function tiersAt({ standIn }: Workspace): Promise<Set<unknown>> {
  const tiers: unknown[] = [];
  for (const key of [keys.ios, keys.android]) {
    const response = await fetch(`${standIn.url}/__inspect/contacts?apiKey=${key}`);
    const lines = (await response.text()).split('\n').filter((line) => line !== '');
    for (const line of lines) tiers.push((JSON.parse(line) as { values: Record<string, unknown> }).values['u.tier']);
  }
  return new Set(tiers);
}

/** A PATH with `outflow` and `temporal` on it, and PostgreSQL's programs. */
async function commandsOf({ folder }: Workspace): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const main = join(await builtDist(), 'cli', 'main.js');
  await writeFile(join(bin, 'outflow'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, { mode: 0o755 });
  await symlink(await temporalCli(), join(bin, 'temporal'));
  return [bin, dirname(process.execPath), programs!, '/usr/bin', '/bin'].join(delimiter);
}
