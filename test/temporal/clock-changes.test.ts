import { randomUUID } from 'node:crypto';
import proto from '@temporalio/proto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, expect, test } from 'vitest';
import { oddDays } from '../../src/config/clock-changes.js';
import { scheduleSpec } from '../../src/temporal/schedule-spec.js';
import { temporalAddress } from '../support/stack.js';

const connection = await Connection.connect({ address: await temporalAddress() });
const client = new Client({ connection });
afterAll(() => connection.close());

const from = new Date('2027-01-01T00:00:00Z');
const to = new Date('2029-12-31T00:00:00Z');

function timestamp(ms: number) {
  return proto.google.protobuf.Timestamp.fromObject({ seconds: ms / 1000 });
}

/** The times at which Temporal starts a run, by the day of the timezone on which they are. */
async function runsByDay(at: string, timezone: string): Promise<Map<string, number>> {
  const scheduleId = `clock/${randomUUID()}`;
  await client.schedule.create({
    scheduleId,
    spec: scheduleSpec([{ kind: 'daily', at, timezone }]),
    action: { type: 'startWorkflow', workflowType: 'none', taskQueue: 'nobody' },
    state: { paused: true },
  });
  const times = new Set<number>();
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short' });
  for (let year = 2027; year < 2030; year++) {
    const { startTime } = await connection.workflowService.listScheduleMatchingTimes({
      namespace: 'default',
      scheduleId,
      startTime: timestamp(Date.UTC(year, 0) - 86_400_000),
      endTime: timestamp(Date.UTC(year + 1, 0)),
    });
    for (const { seconds } of startTime) times.add(Number(seconds));
  }
  const runs = new Map<string, number>();
  for (const seconds of times) {
    const date = day.format(seconds * 1000);
    runs.set(date, (runs.get(date) ?? 0) + 1);
  }
  await client.schedule.getHandle(scheduleId).delete();
  return runs;
}

test.each([
  ['02:30', 'Europe/Paris'],
  ['02:00', 'Europe/Paris'],
  ['03:00', 'Europe/Paris'],
  ['00:00', 'America/Havana'],
  ['00:30', 'America/Havana'],
  ['02:15', 'Australia/Lord_Howe'],
  ['01:45', 'Australia/Lord_Howe'],
  ['02:30', 'Africa/Casablanca'],
  ['00:30', 'Africa/Cairo'],
  ['23:30', 'Africa/Cairo'],
  ['02:30', 'Antarctica/Troll'],
  ['23:30', 'America/Nuuk'],
  ['12:00', 'Europe/Paris'],
])('the days on which Temporal starts no run, or two, at %s in %s are known', async (at, timezone) => {
  const runs = await runsByDay(at, timezone);
  const days = Array.from({ length: 3 * 365 }, (_, i) =>
    new Date(from.getTime() + i * 86_400_000).toISOString().slice(0, 10),
  );
  const found = days.map((date) => ({ date, times: runs.get(date) ?? 0 })).filter(({ times }) => times !== 1);
  expect(found).toEqual(oddDays({ at, timezone }, from, to));
});
