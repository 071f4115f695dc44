import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { builtDist, freshDatabase, temporalAddress } from './support/stack.js';

const nobodyListens = '127.0.0.1:1';
let main: string;
beforeAll(async () => {
  main = join(await builtDist(), 'cli', 'main.js');
});

test('a worker that waits for the database of the engine ends at once when it is told to', async () => {
  const { worker, output } = startWorker({ OUTFLOW_DATABASE_URL: `postgres://outflow@${nobodyListens}/outflow` });
  await expect.poll(output).toContain('Waiting for it');
  worker.kill('SIGTERM');
  expect(await once(worker, 'exit')).toEqual([0, null]);
});

test('a worker that waits for Temporal ends at once when it is told to', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  const { worker, output } = startWorker({ OUTFLOW_DATABASE_URL: database.url, TEMPORAL_ADDRESS: nobodyListens });
  await expect.poll(output).toContain('Waiting for it');
  worker.kill('SIGTERM');
  expect(await once(worker, 'exit')).toEqual([0, null]);
});

test('a worker with a log level that does not exist says which there are', async () => {
  const { worker, output } = startWorker({
    OUTFLOW_DATABASE_URL: `postgres://outflow@${nobodyListens}/outflow`,
    OUTFLOW_LOG_LEVEL: 'loud',
  });
  expect(await once(worker, 'exit')).toEqual([2, null]);
  const line = JSON.parse(output()) as Record<string, unknown>;
  expect(line).toMatchObject({ level: 'fatal', code: 'ConfigInvalid' });
  expect(line['remedy']).toContain('Write one of debug, info, warn, error');
  expect(line['time']).toBe(new Date(String(line['time'])).toISOString());
});

test('a setting that cannot be used ends the worker before it opens anything', async () => {
  for (const [variable, value] of [
    ['TEMPORAL_ADDRESS', 'http://127.0.0.1:7233'],
    ['OUTFLOW_DATABASE_URL', '127.0.0.1:5432/outflow'],
    ['OUTFLOW_DIFF_MEMORY', 'much'],
  ] as const) {
    const { worker, output } = startWorker({
      OUTFLOW_DATABASE_URL: `postgres://outflow@${nobodyListens}/outflow`,
      [variable]: value,
    });
    expect(await once(worker, 'exit'), output()).toEqual([2, null]);
    expect(output()).toContain(variable);
    expect(output()).not.toContain('Waiting for it');
  }
});

test('a worker that fails once it is connected closes everything and ends', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  const { worker, output } = startWorker({
    OUTFLOW_DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: await temporalAddress(),
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(brokenWorkers)}`,
  });
  expect(await once(worker, 'exit'), output()).toEqual([1, null]);
  expect(output()).toContain('no threads today');
});

/** The diffs' worker can be made, that of workflows cannot. */
const brokenWorkers = `
  import { createRequire } from 'node:module';
  const { Worker } = createRequire(${JSON.stringify(import.meta.url)})('@temporalio/worker');
  const create = Worker.create;
  Worker.create = (options) => {
    if (options.workflowBundle) return Promise.reject(new Error('no threads today'));
    return create.call(Worker, options);
  };`;

function startWorker(environment: Record<string, string>): { worker: ChildProcess; output: () => string } {
  const worker = spawn(process.execPath, [main, 'worker'], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    worker.kill('SIGKILL');
  });
  let text = '';
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.on('data', (piece: Buffer) => (text += piece.toString()));
  }
  return { worker, output: () => text };
}
