import type { EngineConnection } from '../../../src/engine/database/database.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitForReadSlot } from '../../../src/engine/runs/read-slots.js';
import { freshEngine, type TestEngine } from '../engine-fixture.js';

let engine: TestEngine;
beforeAll(async () => {
  engine = await freshEngine();
});
afterAll(async () => {
  await engine.drop();
});

const never = new AbortController().signal;
const warehouse = { name: 'warehouse', concurrentReads: 2 };

async function reader(
  source = warehouse,
  signal = never,
): Promise<{ client: EngineConnection; reading: Promise<string> }> {
  const client = await engine.engine.connect();
  return { client, reading: waitForReadSlot(client, source, signal).then(() => 'reads') };
}

function release(...readers: { client: EngineConnection }[]): void {
  for (const { client } of readers) engine.engine.release(client, true);
}

async function isWaiting({ reading }: { reading: Promise<string> }): Promise<boolean> {
  const later = new Promise<string>((resolve) => setTimeout(resolve, 1_200, 'waits'));
  return (await Promise.race([reading, later])) === 'waits';
}

test('a source is read by no more runs than it allows, and the next goes on when one ends, even killed', async () => {
  const [first, second, third] = [await reader(), await reader(), await reader()];
  await Promise.all([first.reading, second.reading]);
  expect(await isWaiting(third)).toBe(true);
  const { rows } = await second.client.query<{ pid: number }>('select pg_backend_pid() as pid');
  await first.client.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
  expect(await third.reading).toBe('reads');
  engine.engine.release(second.client, false);
  release(first, third);
});

test('a run that has ended keeps no slot, although its connection is kept', async () => {
  const first = await reader({ name: 'single', concurrentReads: 1 });
  await first.reading;
  const second = await reader({ name: 'single', concurrentReads: 1 });
  expect(await isWaiting(second)).toBe(true);
  release(first);
  expect(await second.reading).toBe('reads');
  release(second);
});

test('another source has slots of its own', async () => {
  const busy = await reader({ name: 'busy', concurrentReads: 1 });
  await busy.reading;
  const other = await reader({ name: 'other', concurrentReads: 1 });
  expect(await other.reading).toBe('reads');
  release(busy, other);
});

test('a run that is cancelled while it waits for its turn ends at once', async () => {
  const busy = await reader({ name: 'busy', concurrentReads: 1 });
  await busy.reading;
  const cancellation = new AbortController();
  const waiting = await reader({ name: 'busy', concurrentReads: 1 }, cancellation.signal);
  cancellation.abort(new Error('cancelled'));
  await expect(waiting.reading).rejects.toThrow('aborted');
  release(busy, waiting);
});
