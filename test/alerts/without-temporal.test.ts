import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { builtDist } from '../support/stack.js';
import { AlertLab, webhook } from './alert-lab.js';
import { Receiver } from './receiver.js';

let main: string;
beforeAll(async () => {
  main = join(await builtDist(), 'cli', 'main.js');
});

test('a worker that waits for Temporal tells what is wrong all the same, and ends when it is told to', async () => {
  const lab = await AlertLab.start();
  const receiver = await Receiver.start();
  await lab.apply([webhook], { staleAfterMs: 7_200_000 });
  await lab.completes();
  await lab.timePasses('3 hours');
  const worker = spawn(process.execPath, [main, 'worker'], {
    env: {
      PATH: process.env['PATH'],
      OUTFLOW_DATABASE_URL: lab.url,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      ALERT_URL: receiver.url,
      ALERT_SECRET: 'planted-alert-secret',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    worker.kill('SIGKILL');
  });
  let output = '';
  worker.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  await expect.poll(() => receiver.changes).toEqual(['raised stale']);
  worker.kill('SIGTERM');
  expect(await once(worker, 'exit')).toEqual([0, null]);
  expect(output).not.toContain('planted');
});
