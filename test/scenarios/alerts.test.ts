import { beforeAll, beforeEach, expect, test } from 'vitest';
import { alertChannelStates } from '../../src/engine/alerts/alert-channels.js';
import { Receiver } from '../alerts/receiver.js';
import { email } from './support/planted.js';
import { definitionsOf } from './support/scenario-definitions.js';
import { startScenario } from './support/start-scenario.js';

const scenario = await startScenario();
const { source, destination, engine } = scenario;

beforeAll(async () => {
  await source.query('create table loyalty (email text, tier text, visits int)');
  await scenario.apply({
    ...definitionsOf({ loyalty: { attributes: ['tier', 'visits'] } }),
    alertChannels: { ops: { name: 'ops', type: 'webhook', url: '${ALERT_URL}', secret: '${ALERT_SECRET}' } },
  });
});

beforeEach(async () => {
  destination.fail();
  await source.query(`truncate loyalty; insert into loyalty
    select to_char(i, 'FM0000') || '@planted.example', 'planted', 1 from generate_series(1, 40) i`);
});

test('a worker tells the webhook what goes wrong with its runs and what is well again, without contact data', async () => {
  const receiver = await Receiver.start();
  await scenario.startWorker({ ALERT_URL: receiver.url, ALERT_SECRET: 'planted-alert-secret' });
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'completed' });

  await source.query('update loyalty set visits = 2');
  destination.fail({ refusedKeys: ['u.visits'] });
  const failed = await scenario.run('loyalty');
  expect(failed).toMatchObject({ outcome: 'failed', error: { code: 'DestinationRejected' } });
  await expect.poll(() => receiver.changes).toEqual(['raised failed']);
  expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({
    activation: 'loyalty',
    since: failed.finishedAt,
    run: { runId: failed.runId, outcome: 'failed', counts: failed.counts, error: failed.error },
  });

  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'failed' });
  destination.fail({ poisonedIds: [email(5), email(22)] });
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'completed_with_warnings', counts: { rejected: 2 } });
  await expect.poll(() => receiver.changes).toEqual(['raised failed', 'recovered failed', 'raised rejected_above']);

  destination.fail();
  await source.query('update loyalty set visits = 3');
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'completed', counts: { rejected: 0 } });
  await expect.poll(() => receiver.changes.at(-1)).toBe('recovered rejected_above');
  expect(receiver.received).toHaveLength(4);
  await expect.poll(() => alertChannelStates(engine.db)).toMatchObject([{ channel: 'ops', waiting: 0, dropped: 0 }]);

  for (const { body, headers } of receiver.received) {
    expect(body).toContain('loyalty');
    expect(`${body} ${JSON.stringify(headers)}`).not.toContain('planted');
  }
});

test('nothing of a contact and no secret reaches Temporal or the logs', async () => {
  expect(await scenario.placesThatHold('planted')).toEqual([]);
  expect(await scenario.placesThatHold('loyalty')).not.toEqual([]);
});
