import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { AlertChannelDefinition } from '../../src/activation/alerts.js';
import type { AlertMessage } from '../../src/activation/alert-message.js';
import { startAlertLoop } from '../../src/alerts/alert-loop.js';
import { alertChannelStates } from '../../src/engine/alerts/alert-channels.js';
import { openEngine } from '../../src/engine/database/database.js';
import { AlertLab, webhook } from './alert-lab.js';
import { answers, Receiver } from './receiver.js';

const secret = 'planted-alert-secret';

/** One more process that looks for alerts, until the test ends. */
function startLoop(lab: AlertLab, variables: Record<string, string>) {
  const engine = openEngine(lab.url, { applicationName: 'outflow alert test' });
  const lines: string[] = [];
  const loop = startAlertLoop({
    engine,
    environment: { values: new Map(Object.entries(variables)), lookedIn: 'the environment' },
    report: (line) => lines.push(line),
    everyMs: 20,
  });
  onTestFinished(async () => {
    await loop.end();
    await engine.end();
  });
  return { loop, lines };
}

const channelStates = (lab: AlertLab) => alertChannelStates(lab.engine.db);

const failures = (lab: AlertLab) => lab.engine.db<{ failures: number }>('outflow.alert_channel').pluck('failures');

/** As if the time until the next attempt were over. */
const timeToRetry = (lab: AlertLab) =>
  lab.engine.db.raw(
    `update outflow.alert_channel set free_at = now(); update outflow.alert_message set due_at = now()`,
  );

test('a webhook gets the message as JSON, with a signature that proves where it comes from', async () => {
  const lab = await AlertLab.start();
  const receiver = await Receiver.start();
  await lab.apply([webhook]);
  startLoop(lab, { ALERT_URL: receiver.url, ALERT_SECRET: secret });
  const runId = await lab.fails();
  await expect.poll(() => receiver.received).toHaveLength(1);
  const [{ method, headers, body }] = receiver.received as [(typeof receiver.received)[0]];
  expect(method).toBe('POST');
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  const timestamp = headers['x-outflow-timestamp'] as string;
  expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60);
  const expected = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  expect(headers['x-outflow-signature']).toBe(`sha256=${expected}`);
  const message = JSON.parse(body) as AlertMessage;
  expect(message).toMatchObject({ event: 'raised', condition: 'failed', activation: 'loyalty', run: { runId } });
  expect(headers['x-outflow-delivery']).toBe(message.id);
  await expect
    .poll(() => channelStates(lab))
    .toEqual([{ channel: 'ops', waiting: 0, lastSentAt: expect.any(Date) as Date, dropped: 0 }]);
});

test('a broken channel does not delay the others, and can be seen', async () => {
  const lab = await AlertLab.start();
  const [good, silent] = [await Receiver.start(), await Receiver.start()];
  silent.answer = () => undefined;
  const broken: AlertChannelDefinition = { ...webhook, name: 'broken', url: '${BROKEN_URL}' };
  const nameless: AlertChannelDefinition = { name: 'nameless', type: 'slack', url: '${SLACK_URL}' };
  await lab.apply([{ ...webhook, name: 'silent', url: '${SILENT_URL}' }, broken, nameless, webhook]);
  const { lines } = startLoop(lab, {
    ALERT_URL: good.url,
    SILENT_URL: silent.url,
    BROKEN_URL: 'http://127.0.0.1:1/planted-path',
    ALERT_SECRET: secret,
  });
  await lab.fails();
  await expect.poll(() => good.changes).toEqual(['raised failed']);
  await lab.completes();
  await expect.poll(() => good.changes).toEqual(['raised failed', 'recovered failed']);
  // The silent one is still waited for.
  expect(silent.received).toHaveLength(1);
  expect((await channelStates(lab)).find(({ channel }) => channel === 'silent')).toEqual({
    channel: 'silent',
    waiting: 2,
    dropped: 0,
  });

  const failing = (error: string) => ({ since: expect.any(Date) as Date, error });
  await expect
    .poll(() => channelStates(lab))
    .toEqual([
      { channel: 'broken', waiting: 2, failing: failing('connection refused'), dropped: 0 },
      {
        channel: 'nameless',
        waiting: 2,
        failing: failing('Alert channel nameless needs SLACK_URL, not set in the environment'),
        dropped: 0,
      },
      { channel: 'ops', waiting: 0, lastSentAt: expect.any(Date) as Date, dropped: 0 },
      { channel: 'silent', waiting: 2, failing: failing('timeout'), dropped: 0 },
    ]);
  expect(lines).toEqual([]);
});

test('a channel that takes messages again gets all of them, in the order in which they happened', async () => {
  const lab = await AlertLab.start();
  const receiver = await Receiver.start();
  receiver.answer = answers(503);
  await lab.apply([webhook]);
  startLoop(lab, { ALERT_URL: receiver.url, ALERT_SECRET: secret });
  await lab.fails();
  await expect.poll(() => channelStates(lab)).toMatchObject([{ failing: { error: 'HTTP 503' } }]);
  const since = (await channelStates(lab))[0]?.failing?.since;
  await lab.completes();
  await expect.poll(() => channelStates(lab)).toMatchObject([{ waiting: 2 }]);
  await timeToRetry(lab);
  await expect.poll(() => failures(lab)).toEqual([2]);
  expect((await channelStates(lab))[0]?.failing?.since).toEqual(since);

  receiver.answer = answers(204);
  receiver.received.length = 0;
  await timeToRetry(lab);
  await expect.poll(() => receiver.changes).toEqual(['raised failed', 'recovered failed']);
  await expect
    .poll(() => channelStates(lab))
    .toEqual([{ channel: 'ops', waiting: 0, lastSentAt: expect.any(Date) as Date, dropped: 0 }]);
});

test('a channel that fails is tried again after 10 seconds, then after twice as long each time, up to half an hour', async () => {
  const lab = await AlertLab.start();
  const receiver = await Receiver.start();
  receiver.answer = answers(500);
  await lab.apply([webhook]);
  startLoop(lab, { ALERT_URL: receiver.url, ALERT_SECRET: secret });
  await lab.fails();
  const waits: number[] = [];
  for (let attempt = 1; attempt <= 10; attempt++) {
    await expect.poll(() => failures(lab)).toEqual([attempt]);
    const { rows } = await lab.engine.db.raw<{ rows: { wait: number }[] }>(
      'select extract(epoch from free_at - clock_timestamp())::float8 as wait from outflow.alert_channel',
    );
    waits.push(rows[0]!.wait);
    await timeToRetry(lab);
  }
  expect(waits.map((wait) => Math.ceil(wait / 10) * 10)).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800]);
});

test('a message that a channel refuses waits alone: those behind it are delivered', async () => {
  const lab = await AlertLab.start();
  const receiver = await Receiver.start();
  receiver.answer = (response, { body }) => answers(body.includes('"raised"') ? 422 : 200)(response);
  await lab.apply([webhook]);
  await lab.fails();
  await lab.look();
  await lab.completes();
  startLoop(lab, { ALERT_URL: receiver.url, ALERT_SECRET: secret });
  await expect.poll(() => receiver.changes).toEqual(['raised failed', 'recovered failed']);
  await expect.poll(() => channelStates(lab)).toMatchObject([{ channel: 'ops', waiting: 1 }]);
});

test('a message that could not be delivered for 3 days is given up and counted', async () => {
  const lab = await AlertLab.start();
  const receiver = await Receiver.start();
  receiver.answer = answers(404);
  await lab.apply([webhook]);
  await lab.fails();
  await lab.look();
  await lab.engine.db.raw(`update outflow.alert_message set created_at = now() - interval '3 days 1 second'`);
  await lab.completes();
  startLoop(lab, { ALERT_URL: receiver.url, ALERT_SECRET: secret });
  await expect
    .poll(() => channelStates(lab))
    .toMatchObject([{ waiting: 1, dropped: 1, failing: { error: 'HTTP 404' } }]);
  receiver.answer = answers(200);
  await timeToRetry(lab);
  await expect.poll(() => channelStates(lab)).toMatchObject([{ waiting: 0, dropped: 1 }]);
  expect(receiver.changes).toEqual(['raised failed', 'recovered failed']);
});

test('several processes deliver each message once', async () => {
  const lab = await AlertLab.start();
  const receiver = await Receiver.start();
  receiver.answer = (response) => void setTimeout(() => answers(200)(response), 5);
  await lab.apply([webhook]);
  // The first look at an activation tells of its present only: on a slow machine a failure might be over by then.
  await lab.look();
  for (let i = 0; i < 3; i++) startLoop(lab, { ALERT_URL: receiver.url, ALERT_SECRET: secret });
  for (let i = 0; i < 10; i++) {
    await lab.fails();
    await lab.completes();
  }
  await expect.poll(() => receiver.received.length).toBe(20);
  await expect.poll(() => channelStates(lab)).toMatchObject([{ waiting: 0 }]);
  expect(receiver.changes).toEqual(Array(10).fill(['raised failed', 'recovered failed']).flat());
  expect(new Set(receiver.received.map(({ headers }) => headers['x-outflow-delivery'])).size).toBe(20);
});

test('a message whose process dies before it has heard the answer is delivered by another one, with the same id', async () => {
  const lab = await AlertLab.start();
  const receiver = await Receiver.start();
  const unanswered: ServerResponse[] = [];
  receiver.answer = (response) => unanswered.push(response);
  await lab.apply([webhook]);
  const dying = startLoop(lab, { ALERT_URL: receiver.url, ALERT_SECRET: secret });
  await lab.fails();
  await expect.poll(() => receiver.received).toHaveLength(1);
  receiver.answer = answers(200);
  startLoop(lab, { ALERT_URL: receiver.url, ALERT_SECRET: secret });
  await lab.completes();
  await expect.poll(() => channelStates(lab)).toMatchObject([{ waiting: 2 }]);
  expect(receiver.received).toHaveLength(1);
  await timeToRetry(lab); // a minute later
  await expect.poll(() => receiver.changes).toEqual(['raised failed', 'raised failed', 'recovered failed']);
  const [first, again] = receiver.received;
  expect(again!.body).toBe(first!.body);
  expect(again!.headers['x-outflow-delivery']).toBe(first!.headers['x-outflow-delivery']);
  unanswered[0]!.destroy();
  await dying.loop.end();
  expect(receiver.received).toHaveLength(3);
});

test('a worker that starts tries a channel that fails within a minute', async () => {
  const lab = await AlertLab.start();
  await lab.apply([webhook]);
  const first = startLoop(lab, {});
  await lab.fails();
  await expect.poll(() => channelStates(lab)).toMatchObject([{ failing: {} }]);
  await first.loop.end();
  await lab.engine.db.raw(`update outflow.alert_channel set free_at = now() + interval '30 minutes'`);
  const receiver = await Receiver.start();
  startLoop(lab, { ALERT_URL: receiver.url, ALERT_SECRET: secret });
  const soon = `select free_at <= now() + interval '1 minute' as soon from outflow.alert_channel`;
  await expect.poll(async () => (await lab.engine.db.raw<{ rows: unknown[] }>(soon)).rows).toEqual([{ soon: true }]);
});

test('trouble with the database is one line of the log and ends nothing', async () => {
  const lab = await AlertLab.start();
  const receiver = await Receiver.start();
  await lab.apply([webhook]);
  const { lines } = startLoop(lab, { ALERT_URL: receiver.url, ALERT_SECRET: secret });
  await expect.poll(() => channelStates(lab)).toHaveLength(1);
  await lab.engine.db.raw('alter table outflow.alert_watch rename to away');
  await expect.poll(() => lines).toHaveLength(1);
  const { rows } = await lab.engine.db.raw<{ rows: { reference: string; text: string }[] }>(
    'select reference::text, text from outflow.unexpected_error',
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]!.text).toContain('outflow.alert_watch');
  expect(lines[0]).toBe(
    "No alerts at present; they are tried again. Something unexpected happened; its text is in the engine's database " +
      `under ${rows[0]!.reference}.`,
  );
  await lab.engine.db.raw('alter table outflow.away rename to alert_watch');
  await lab.fails();
  await expect.poll(() => receiver.changes).toEqual(['raised failed']);
  expect(lines.slice(1)).toEqual(['Alerts go on.']);
});
