import { expect, test } from 'vitest';
import { scheduleSpec } from '../../src/temporal/schedule-spec.js';

test('the rules of an activation become one schedule', () => {
  expect(
    scheduleSpec([
      { kind: 'every', everyMs: 900_000, timezone: 'Europe/Paris', startAt: '2026-12-01T00:00:00Z', jitterMs: 5_000 },
      { kind: 'daily', at: '07:05', timezone: 'Europe/Paris' },
      { kind: 'weekly', on: ['mon', 'thu'], at: '18:00', timezone: 'Europe/Paris' },
      { kind: 'cron', cron: '0 7 * * 1-5', timezone: 'Europe/Paris' },
    ]),
  ).toEqual({
    intervals: [{ every: 900_000 }],
    calendars: [
      { hour: 7, minute: 5 },
      { hour: 18, minute: 0, dayOfWeek: ['MONDAY', 'THURSDAY'] },
    ],
    cronExpressions: ['0 7 * * 1-5'],
    timezone: 'Europe/Paris',
    startAt: new Date('2026-12-01T00:00:00Z'),
    jitter: 5_000,
  });
});
