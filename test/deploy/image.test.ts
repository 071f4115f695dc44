import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { namespaceClient } from '../support/namespace-client.js';
import { builtDist, freshDatabase, temporalAddress } from '../support/stack.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8').replace(/\\\n/g, ' ');
const stages = dockerfile.split(/^(?=FROM )/m).slice(1);
let dist: string;
beforeAll(async () => {
  dist = await builtDist();
});

/** The arguments of the only instruction of that name in the image's last stage. */
function instruction(name: string): string {
  const found = Array.from(stages.at(-1)!.matchAll(new RegExp(`^${name} (.*)$`, 'gm')), (match) => match[1]!);
  expect(found, name).toHaveLength(1);
  return found[0]!;
}

test('the image is Debian, of a Node.js that is named, and does not run as root', () => {
  for (const stage of stages) expect(stage).toMatch(/^FROM node:\d+-bookworm-slim( AS \w+)?$/m);
  expect(instruction('USER')).toBe('node');
});

test('what is copied from the project is there, and the build is given it', () => {
  const copied = Array.from(dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm), (match) => match[1]!.split(' ')).flat();
  const given = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'));
  expect(new Set(copied)).toEqual(new Set(given.map((line) => line.slice(1))));
  for (const path of copied) expect(existsSync(join(root, path)), path).toBe(true);
});

test('the command of the image starts a worker, in a folder that holds nothing, and ends it gracefully', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  const address = await temporalAddress();
  const { connection, options } = await namespaceClient(address);
  onTestFinished(() => connection.close());
  const folder = await mkdtemp(join(tmpdir(), 'outflow-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const words = [
    ...(JSON.parse(instruction('ENTRYPOINT')) as string[]),
    ...(JSON.parse(instruction('CMD')) as string[]),
  ];
  expect(words[0]).toBe('node');
  const container = spawn(
    process.execPath,
    words.slice(1).map((word) => word.replace(/^\/app\/dist/, dist)),
    {
      cwd: folder,
      env: {
        NODE_ENV: 'production',
        OUTFLOW_DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: options.namespace,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => {
    container.kill('SIGKILL');
  });
  let log = '';
  container.stdout.on('data', (piece: Buffer) => (log += piece.toString()));
  await expect.poll(() => log).toContain('"state":"RUNNING"');
  container.kill('SIGTERM');
  expect(await once(container, 'exit')).toEqual([0, null]);
});
