import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { loadDefinitions } from '../../src/config/load-definitions.js';
import { written } from './written.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outflow-config-'));
  file = join(folder, 'outflow.yaml');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('the example at the root is valid, and the same file gives the same definitions', async () => {
  const environment = await readEnvironment('outflow.yaml', {});
  const first = await loadDefinitions('outflow.yaml', environment);
  const second = await loadDefinitions('outflow.yaml', environment);
  expect(Object.keys(first.definitions.activations)).toEqual(['loyalty', 'app-profile']);
  expect(JSON.stringify(second.definitions)).toBe(JSON.stringify(first.definitions));
});

test('comments, order of settings and quotes do not change the definitions', async () => {
  const environment = await readEnvironment(file, {});
  await writeFile(file, written());
  const before = await loadDefinitions(file, environment);
  await writeFile(
    file,
    `# reordered\n${written({ segment: '{ sql: "select email from customers;", source: "warehouse" } # a comment' })}`,
  );
  const after = await loadDefinitions(file, environment);
  expect(after.definitions).toEqual(before.definitions);
});

test('the definitions hold references, never values of variables', async () => {
  await writeFile(file, written());
  const environment = await readEnvironment(file, { WAREHOUSE_URL: 'hunter2', REST: 'hunter2', IOS: 'hunter2' });
  expect(JSON.stringify(await loadDefinitions(file, environment))).not.toContain('hunter2');
});

test('variables that are not set are told with the line, without failing', async () => {
  const alerts = 'alerts:\n  channels:\n    crm: { type: slack, url: "${SLACK_WEBHOOK_URL}" }\n';
  await writeFile(file, written({ more: alerts }));
  await writeFile(join(folder, '.env'), 'WAREHOUSE_URL=postgres://db/shop\n');
  const { secretsMissing } = await loadDefinitions(file, await readEnvironment(file, { IOS: 'key' }));
  expect(secretsMissing).toEqual([
    {
      file,
      line: 6,
      path: 'destinations.app.restKey',
      message: `refers to REST, not set in the environment and in ${folder}/.env`,
      remedy: 'Set it there; an empty value counts as not set.',
    },
    {
      file,
      line: 11,
      path: 'alerts.channels.crm.url',
      message: `refers to SLACK_WEBHOOK_URL, not set in the environment and in ${folder}/.env`,
      remedy: 'Set it there; an empty value counts as not set.',
    },
  ]);
});

test('a file that does not exist is refused', async () => {
  const environment = await readEnvironment(file, {});
  await expect(loadDefinitions(file, environment)).rejects.toMatchObject({
    code: 'ConfigInvalid',
    message: `${file} has 1 fault:\n${file}:1 does not exist. Run the command in the folder of your outflow.yaml, or name the file.`,
  });
});

test('the real environment wins over the .env beside the file', async () => {
  await writeFile(join(folder, '.env'), 'A=file\nB="two words"\nexport C=file\n');
  const environment = await readEnvironment(file, { A: 'real', C: '' });
  expect(Object.fromEntries(environment.values)).toEqual({ A: 'real', B: 'two words', C: 'file' });
  expect(environment.lookedIn).toBe(`the environment and in ${folder}/.env`);
});

test('a variable whose value ends at an unquoted # is known as such', async () => {
  const lines = [
    'A=ab#cd',
    "B='ab#cd'",
    'C="ab#cd"',
    'D=ab # a note',
    '# E=ab#cd',
    'export F=#ab',
    'G=plain',
    'H=a b#c',
    'I=x#y',
  ];
  await writeFile(join(folder, '.env'), lines.join('\n'));
  const environment = await readEnvironment(file, { I: 'set elsewhere' });
  expect(environment.cutOff).toEqual(['A', 'F', 'H']);
  expect(environment.values.get('A')).toBe('ab');
  expect(environment.values.get('B')).toBe('ab#cd');
});

test('an empty variable counts as not set', async () => {
  await writeFile(join(folder, '.env'), 'A=\n');
  expect((await readEnvironment(file, { B: '' })).values.size).toBe(0);
});

test('where there is no .env, that is said', async () => {
  expect((await readEnvironment(file, {})).lookedIn).toBe(`the environment (there is no ${folder}/.env)`);
});

test('a .env that cannot be read is refused', async () => {
  await mkdir(join(folder, '.env'));
  await expect(readEnvironment(file, {})).rejects.toMatchObject({
    code: 'ConfigInvalid',
    message: `${folder}/.env cannot be read (EISDIR)`,
  });
});
