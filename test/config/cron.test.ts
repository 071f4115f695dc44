import { describe, expect, test } from 'vitest';
import { cronFault } from '../../src/config/cron.js';
import { whyNeverRuns } from '../../src/config/never-runs.js';
import { activation, faultsOf, parsed, written } from './written.js';

const schedule = (cron: string) => written({ activation: activation(`, schedule: { cron: "${cron}" }`) });

test.each([
  '0 7 * * *',
  '*/15 * * * *',
  '0 7,19 1-15/2 jan-jun mon-fri',
  '0 7 * JANUARY Thursday',
  '5/10 0 * * 7',
  '0 7 * * 1-5 2026-2030',
  '30 0 7 * * * 2026',
  '0 7 29 2 *',
  '@daily',
  '@hourly',
])('Temporal takes %s', (cron) => {
  expect(cronFault(cron)).toBeUndefined();
});

test.each([
  ['60 * * * *', 'minute'],
  ['-1 * * * *', 'minute'],
  ['*/0 * * * *', 'minute'],
  ['1/2/3 * * * *', 'minute'],
  [', * * * *', 'minute'],
  ['0 24 * * *', 'hour'],
  ['0 19-7 * * *', 'hour'],
  ['0 7 0 * *', 'day of month'],
  ['0 7 L * *', 'day of month'],
  ['0 7 ? * *', 'day of month'],
  ['0 7 * 13 *', 'month'],
  ['0 7 * ja *', 'month'],
  ['0 7 * * 8', 'day of week'],
  ['0 7 * * m', 'day of week'],
  ['0 7 * * mon#1', 'day of week'],
  ['0 7 * * * 1999', 'year'],
  ['60 0 7 * * * 2026', 'second'],
])('%s is refused for its %s', (cron, field) => {
  expect(cronFault(cron)?.rule).toBe(`has a ${field} that is not understood`);
});

test('space between the fields does not matter', () => {
  expect(parsed(schedule(' 0  7 * *   1-5 ')).activations.loyalty?.schedule).toEqual([
    { kind: 'cron', cron: '0 7 * * 1-5', timezone: 'UTC' },
  ]);
});

test('a fault says what to write', () => {
  const refused = [
    '0 7 * *',
    '0 7 * * 8',
    '0 7 ? * *',
    '@every 15m',
    'CRON_TZ=Europe/Paris 0 7 * * *',
    '@fortnightly',
    '',
  ];
  expect(refused.map((cron) => faultsOf(schedule(cron)).split('schedule.cron: ')[1]).join('\n')).toMatchInlineSnapshot(`
    "must have 5 fields, or 6 with a year, or 7 with a second before and a year, and has 4. Write minute, hour, day of month, month and day of week: "0 7 * * 1-5" is 07:00 from Monday to Friday.
    has a day of week that is not understood. Write *, numbers from 0 to 7 or names such as mon, ranges (1-5), steps (*/15) or a list of these.
    has a day of month that is not understood. Write *, numbers from 1 to 31, ranges (1-5), steps (*/15) or a list of these.
    must not be an interval. Write { every: 15m } in place of cron.
    must not name a timezone. Write timezone beside cron: { cron: ..., timezone: Europe/Paris }.
    must be one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, or fields. Write for example "0 7 * * 1-5".
    must have 5 fields, or 6 with a year, or 7 with a second before and a year, and has 0. Write minute, hour, day of month, month and day of week: "0 7 * * 1-5" is 07:00 from Monday to Friday."
  `);
});

describe('a rule that starts no run (again)', () => {
  const now = new Date('2026-12-01T00:00:00Z');
  const why = (cron: string, more: { endAt?: string } = {}) =>
    whyNeverRuns({ kind: 'cron', cron, timezone: 'UTC', ...more }, now);

  test.each(['0 7 30 2 *', '0 7 31 4,6,9,11 *', '0 7 * * * 2020-2025', '0 7 29 2 * 2027', '0 7 30 feb mon'])(
    '%s is said to name a day that does not come',
    (cron) => expect(why(cron)).toContain('names a day that does not come'),
  );

  test.each([
    '0 7 29 2 *',
    '0 7 31 * *',
    '0 7 29 2 7',
    '@daily',
    '*/5 * * * 1-5',
    '0 7 1/30 * *',
    '0 0 7 31 12 * 2026',
  ])('%s is left alone', (cron) => expect(why(cron)).toBeUndefined());

  test('an end in the past is said, of whatever kind of rule', () => {
    const endAt = '2026-11-30T00:00:00.000Z';
    expect(why('@daily', { endAt })).toContain('its endAt is in the past');
    expect(whyNeverRuns({ kind: 'every', everyMs: 60_000, timezone: 'UTC', endAt }, now)).toContain('endAt');
    expect(why('0 7 25 12 *', { endAt: '2026-12-20T00:00:00.000Z' })).toContain('names a day');
  });
});
