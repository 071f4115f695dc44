import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { definitions } from './definitions.js';
import { makeWorkspace } from './workspace.js';

const workspace = await makeWorkspace();

test('the help lists the commands and the exit codes', async () => {
  const { exitCode, stdout } = await workspace.outflow('--help');
  expect(exitCode).toBe(0);
  for (const command of [
    'check',
    'apply',
    'run',
    'pause',
    'resume',
    'approve',
    'cancel',
    'status',
    'runs',
    'rejections',
    'reset',
    'restored',
    'worker',
    'dev',
    'demo',
  ])
    expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  expect(stdout).toContain('Exit codes: 0 done, also with warnings');
});

test('an unknown command, an unknown option and a missing name are usage faults', async () => {
  const unknown = await workspace.outflow('statsu');
  expect(unknown).toMatchObject({ exitCode: 2, stdout: '' });
  expect(unknown.stderr).toContain("error: unknown command 'statsu'\n(Did you mean status?)");
  expect(await workspace.outflow('run', '--fast', 'loyalty')).toMatchObject({ exitCode: 2 });
  expect(await workspace.outflow('run')).toMatchObject({ exitCode: 2 });
  const limit = await workspace.outflow('runs', '--limit', 'many');
  expect(limit).toMatchObject({ exitCode: 2 });
  expect(limit.stderr).toContain("argument 'many' is invalid. It is a whole number from 1.");
});

test('the command works from any folder, for the file that is named', async () => {
  await workspace.define(definitions());
  const elsewhere = await mkdtemp(join(tmpdir(), 'outflow-test-'));
  await symlink(join(workspace.folder, 'outflow.yaml'), join(elsewhere, 'named.yaml'));
  const file = join(workspace.folder, 'outflow.yaml');
  expect(await workspace.start(['status', '--file', file], { cwd: elsewhere }).finished).toEqual({
    exitCode: 0,
    stdout: 'No activation has been applied yet.\n',
    stderr: '',
  });
  const environment = { OUTFLOW_CONFIG: file };
  expect(await workspace.start(['runs'], { cwd: elsewhere, environment }).finished).toMatchObject({
    exitCode: 0,
    stdout: 'No runs yet.\n',
  });
  await rm(elsewhere, { recursive: true });
});

test('where nothing says where the servers are, both remedies are named', async () => {
  const environment = { OUTFLOW_DATABASE_URL: undefined };
  const { exitCode, stderr } = await workspace.start(['status'], { environment }).finished;
  expect(exitCode).toBe(2);
  expect(stderr).toBe(
    [
      "✗ Nothing says where the engine's database is: OUTFLOW_DATABASE_URL is not set in the environment and in .env, and no `outflow dev` runs beside the file.",
      '  Set OUTFLOW_DATABASE_URL (and TEMPORAL_ADDRESS), or start `outflow dev` in that folder for servers on this machine.',
      '',
    ].join('\n'),
  );
});

test('an engine database that does not answer, or refuses the login, has an exit code of its own', async () => {
  const down = new URL(workspace.engineUrl);
  down.port = '1';
  down.password = 'secret-word';
  const { exitCode, stdout, stderr } = await workspace.start(['runs', '--json'], {
    environment: { OUTFLOW_DATABASE_URL: down.href },
  }).finished;
  expect(exitCode).toBe(5);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'EngineUnreachable' } });
  expect(stderr).toBe(
    `✗ The engine's database at ${down.hostname}:1${down.pathname} cannot be reached: connection refused.\n  Start it, or correct OUTFLOW_DATABASE_URL.\n`,
  );
});

test('NO_COLOR and pipes get plain text, FORCE_COLOR gets colours', async () => {
  const coloured = await workspace.start(['run', 'nothing'], { environment: { FORCE_COLOR: '1' } }).finished;
  expect(coloured.stderr).toContain('\u001b[31m✗');
  const plain = await workspace.start(['run', 'nothing'], { environment: { FORCE_COLOR: '1', NO_COLOR: '1' } })
    .finished;
  expect(plain.stderr).toMatch(/^✗/);
});
