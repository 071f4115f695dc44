import type { WorkflowHandle } from '@temporalio/client';
import { beforeAll, expect, test } from 'vitest';
import type { RunResult } from '../../src/activation/run.js';
import { counts } from './support/counts.js';
import { closeGate, makeGate } from './support/gate.js';
import { email } from './support/planted.js';
import { startScenario } from './support/start-scenario.js';

const scenario = await startScenario();
const { source, destination } = scenario;

/** Activations by what they do when the worker is killed; as many contacts as they have. */
const contacts = { diffing: 2000, received: 30, between: 30 };
type Name = keyof typeof contacts;
const names = Object.keys(contacts) as Name[];
const inStep = (name: Name) => `select email, value as "u.value" from ${name}`;

beforeAll(async () => {
  await makeGate(source);
  for (const name of names) {
    await source.query(`create table ${name} (email text, value text);
      create index on ${name} (email collate "C");
      insert into ${name}
      select '${name}-' || to_char(i, 'FM0000') || '@planted.example', 'planted A' from generate_series(1, ${contacts[name]}) i`);
  }
  // Read along the index, so that lines come out before the gate.
  await source.query(
    `do $$ begin execute format('alter database %I set enable_sort = off', current_database()); end $$`,
  );
  const ios = { apiKeys: { ios: '${IOS_KEY}' } };
  await scenario.define({
    diffing: { attributes: ['value'], sql: 'select * from diffing where pass(email)', destination: { chunkSize: 100 } },
    received: { attributes: ['value'], destination: ios },
    between: { attributes: ['value'], destination: { ...ios, concurrency: 1, callsPerSecond: 0.25 } },
  });
});

async function setAll(value: string): Promise<void> {
  for (const name of names) await source.query(`update ${name} set value = 'planted ${value}'`);
}

async function acknowledgedChunks({ workflowId }: WorkflowHandle): Promise<unknown> {
  const [row] =
    await scenario.stored(`select count(*) as chunks from outflow.change_chunk join outflow.run using (run_id)
    where workflow_id = '${workflowId}' and acked_at is not null`);
  return row!['chunks'];
}

test('runs whose worker is killed are finished by another one, and the source may go back to what it was meanwhile', async () => {
  // Reading in order, it has stored chunks before it has read everything.
  const first = await scenario.startWorker({ OUTFLOW_DIFF_MEMORY: '0' });
  for (const name of names) expect((await scenario.run(name)).outcome).toBe('completed');
  await setAll('B');

  const gate = await closeGate(source, `diffing-${email(1500)}`);
  const diffing = await scenario.start({ activation: 'diffing' });
  await gate.reached();
  await expect
    .poll(() => scenario.stored(`select from outflow.change_chunk where acked_at is null and row_count = 100`))
    .not.toEqual([]);
  destination.fail({ hold: { next: 1 } }, 'ios');
  const received = await scenario.start({ activation: 'received' });
  await expect.poll(() => destination.heldCalls()).toBe(1);
  const between = await scenario.start({ activation: 'between' });
  await expect.poll(() => acknowledgedChunks(between)).toBe(1); // the next one waits for its pace
  await first.kill();

  await setAll('A');
  await destination.release();
  await gate.open();
  await scenario.startWorker();
  const results: Record<Name, RunResult> = {
    received: await scenario.resultOf(received),
    between: await scenario.resultOf(between),
    diffing: await scenario.resultOf(diffing),
  };
  // What the diff had found before the accident is sent as it was; a diff that was cut off began again.
  expect(results.received).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 30, changed: 30, accepted: 30 }),
  });
  expect(results.between).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 30, changed: 30, accepted: 30 }),
  });
  expect(results.diffing).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 2000, unchanged: 2000 }),
    requests: 0,
  });
  expect(results.received.requests).toBe(4);

  for (const name of names) {
    expect(await scenario.run(name)).toMatchObject({ outcome: 'completed' });
    expect(await scenario.notInStep(inStep(name), name === 'diffing' ? ['ios', 'android'] : ['ios'])).toEqual([]);
    expect(await scenario.run(name)).toMatchObject({ counts: { unchanged: contacts[name] }, requests: 0 });
  }
});

test('a worker that is told to stop ends what it has begun, and exits with 0', async () => {
  await source.query(`update received set value = 'planted C'`);
  destination.fail({ latencyMs: 300 });
  const before = (await destination.requests()).length;
  const run = await scenario.start({ activation: 'received' });
  await expect.poll(async () => (await destination.requests()).length).toBeGreaterThan(before);
  expect(await scenario.workers.at(-1)!.stop()).toBe(0);
  await scenario.startWorker();
  expect(await scenario.resultOf(run)).toMatchObject({ outcome: 'completed', counts: { accepted: 30 } });
});

test('neither histories nor logs hold contact data or a secret', async () => {
  expect(await scenario.placesThatHold('planted')).toEqual([]);
  expect(await scenario.placesThatHold('received')).not.toEqual([]);
});
