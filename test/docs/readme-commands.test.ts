import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parse as parseEnv } from 'dotenv';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeCluster } from '../../src/dev/embedded/postgres-cluster.js';
import { type BatchStandIn, startBatchStandIn } from '../../src/dev/stand-ins/batch-mep/server.js';
import { READY_LINE } from '../../src/worker/ready-line.js';
import { builtDist, freshDatabase, temporalCli, type FreshDatabase } from '../support/stack.js';
import { codeBlocks, page } from './markdown.js';
import { runLine, startLine, type StartedLine } from './shell.js';

/** Covered by tests of their own, or being the tests. */
const runElsewhere = ['npm install && npm run demo', 'npm install && npm test', 'npm run check', 'npm run bench'];
/** Of the commands in the README's code blocks, those that do not end by themselves, with what they say when they are up. */
const stayingUp = new Map([
  ['npx outflow dev', 'Ctrl-C ends them'],
  ['npx outflow worker', READY_LINE],
]);

const readme = page('README.md');
const lines = codeBlocks(readme, 'sh')
  .flatMap((block) => block.split('\n'))
  .filter((line) => /\b(npx outflow|npm run|npm test|temporal)\b/.test(line) && !runElsewhere.includes(line))
  .filter((line) => !line.startsWith('export '));

let folder: string;
let shop: FreshDatabase;
let batch: BatchStandIn;
let environment: Record<string, string>;
const started: StartedLine[] = [];
const outputs = new Map<string, string[]>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outflow-readme-'));
  await chmod(folder, 0o755);
  environment = {
    PATH: await makeCommands(join(await builtDist(), 'cli', 'main.js')),
    HOME: process.env['HOME'] ?? folder,
    NO_COLOR: '1',
    OUTFLOW_TEMPORAL_CLI: await temporalCli(),
  };
  shop = await freshDatabase();
  await fillShop();
  batch = await startBatchStandIn({ restKey: 'rest', apps: { ios: {}, android: {} }, keepUnknown: true });
  await writeDefinitions();
});

afterAll(async () => {
  for (const line of started.toReversed()) await line.end();
  await batch.close();
  await shop.drop();
  await removeCluster(join(folder, '.outflow', 'postgres'));
  await rm(folder, { recursive: true, force: true });
});

test('every command of the README is in one of its code blocks, or has a test of its own', () => {
  const written = readme.text.replace(/^```text\n.*?^```$/gms, '').match(/(npx outflow|npm run) [^\n`]*/g) ?? [];
  const known = [...lines, ...runElsewhere.map((line) => line.replace(/^npm install && /, ''))];
  for (const command of written) expect(known).toContain(command.trim());
});

test('the commands of the README, in its order, do what it says', async () => {
  for (const line of lines) {
    await before(line);
    const upWhen = stayingUp.get(line);
    const output = upWhen === undefined ? await run(line) : await start(line, upWhen);
    outputs.set(line, [...(outputs.get(line) ?? []), output]);
  }
  expect(outputOf('npx outflow check')).toContain('outflow.yaml is ready to be applied');
  expect(outputOf('npx outflow apply')).toContain('Applied: version 1.');
  expect(outputOf('npx outflow run loyalty')).toMatch(/completed\b.* 30 /);
  expect(outputOf('npx outflow status')).toContain('daily at 07:00 Europe/Paris');
  expect(outputOf('npx outflow status loyalty')).toContain('prices are being corrected');
  expect(outputOf('npx outflow rejections loyalty')).toContain('Nothing of activation loyalty is rejected or invalid.');
  expect(outputOf('npx outflow rejections loyalty --retry')).toContain('No contact of activation loyalty is rejected');
  expect(await readFile(join(folder, 'rejections.csv'), 'utf8')).toMatch(/^kind,identifier,.*\r\n$/);
  expect(outputOf('temporal workflow query')).toContain('lunch');
  expect(outputOf('temporal workflow result')).toContain('completed');
  expect(await sentTo('ios')).toEqual(await sentTo('android'));
  expect(await sentTo('ios')).toHaveLength(30);
  for (const line of started.toReversed()) expect(await line.end()).toBe(0);
});

/** `npx` as the README has it, found before any other of the machine. */
async function makeCommands(main: string): Promise<string> {
  await writeFile(join(folder, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${main}" "$@"\n`, {
    mode: 0o755,
  });
  return [folder, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
}

async function fillShop(): Promise<void> {
  const client = new pg.Client({ connectionString: shop.url });
  await client.connect();
  await client.query(`
    create table customers as
    select i || '@example.com' as email, 'Zoë ' || i as first_name, 'gold' as loyalty_tier, i <= 30 as opted_in,
      timestamptz '2026-11-24 07:00:00+00' - i * interval '1 hour' as last_order_at
    from generate_series(1, 40) i`);
  await client.end();
}

/** The README's own definitions, which in this test alone lead to the stand-in. */
async function writeDefinitions(): Promise<void> {
  const [written] = codeBlocks(readme, 'yaml');
  const definitions = written!.replace('type: batch-mep', 'type: batch-mep\n    url: "${BATCH_URL}"');
  await writeFile(join(folder, 'outflow.yaml'), definitions);
  const values: Record<string, string> = {
    WAREHOUSE_URL: shop.url,
    BATCH_REST_KEY: 'rest',
    BATCH_IOS_KEY: 'ios',
    BATCH_ANDROID_KEY: 'android',
  };
  const [dotenv] = codeBlocks(readme, 'dotenv');
  expect(Object.keys(parseEnv(dotenv!))).toEqual(Object.keys(values));
  values['BATCH_URL'] = batch.url;
  const text = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(join(folder, '.env'), text.join(''));
}

/** A run is to be under way when it is paused: its requests are answered when the pause has been seen. */
async function before(line: string): Promise<void> {
  if (line.startsWith('temporal workflow start')) batch.setFaults({ hold: true });
  if (!line.includes('--name resume')) return;
  batch.setFaults({});
  await fetch(`${batch.url}/__inspect/release`, { method: 'POST' });
}

async function run(line: string): Promise<string> {
  return runLine(typed(line), { cwd: folder, env: environment });
}

async function start(line: string, upWhen: string): Promise<string> {
  const process = await startLine(line, { cwd: folder, env: environment, upWhen });
  started.push(process);
  return process.output();
}

/** A line of Temporal's CLI is typed in a shell with what `outflow dev` says that is to be exported there. */
function typed(line: string): string {
  if (!line.startsWith('temporal ')) return line;
  const exports = outputOf('npx outflow dev').match(/^ {2}export .*$/gm) ?? [];
  return [...exports, line].join('\n');
}

/** What the last line that begins so has written. */
function outputOf(beginning: string): string {
  const found = lines.findLast((line) => line === beginning) ?? lines.findLast((line) => line.startsWith(beginning));
  return outputs.get(found ?? '')?.at(-1) ?? `no line begins with ${beginning}`;
}

async function sentTo(apiKey: string): Promise<string[]> {
  const response = await fetch(`${batch.url}/__inspect/contacts?apiKey=${apiKey}`);
  return (await response.text()).split('\n').filter(Boolean).sort();
}
