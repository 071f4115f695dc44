import { describe, expect, test } from 'vitest';
import { activation, faultsOf, parsed, written } from './written.js';

const schedule = (text: string) => written({ activation: activation(`, schedule: ${text}`) });
const rulesOf = (text: string) => parsed(schedule(text)).activations.loyalty?.schedule;

test('an activation without a schedule is started by hand', () => {
  expect(parsed(written()).activations.loyalty?.schedule).toEqual([]);
  expect(rulesOf('[]')).toEqual([]);
});

test.each([
  ['10s', 10_000],
  ['90s', 90_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  ['30d', 2_592_000_000],
  ['1w', 604_800_000],
])('every %s is %i milliseconds', (text, everyMs) => {
  expect(rulesOf(`{ every: ${text} }`)).toEqual([{ kind: 'every', everyMs, timezone: 'UTC' }]);
});

test.each(['15', '1.5h', '15 m', '15min', '9s', '367d', '-5m', '""', '[]'])('every %s is refused', (text) => {
  expect(faultsOf(schedule(`{ every: ${text} }`))).toContain(
    'outflow.yaml:8 activations.loyalty.schedule.every: must be a duration from 10s to 366d. Write a number and a unit, s, m, h, d or w: for example 15m.',
  );
});

test('a time of the day needs no quotes', () => {
  expect(rulesOf('{ daily: 07:00, timezone: Europe/Paris }')).toEqual([
    { kind: 'daily', at: '07:00', timezone: 'Europe/Paris' },
  ]);
});

test('a time that is none is refused', () => {
  for (const text of ['7:00', '"24:00"', '"07:60"', '7']) {
    expect(faultsOf(schedule(`{ daily: ${text} }`))).toContain(
      'schedule.daily: must be a time of the day, 00:00 to 23:59.',
    );
  }
});

test('weekdays stand in the order of the week, once each', () => {
  expect(rulesOf('{ weekly: { on: [thu, mon, thu], at: "07:00" } }')).toEqual([
    { kind: 'weekly', on: ['mon', 'thu'], at: '07:00', timezone: 'UTC' },
  ]);
});

test('weekdays that are none, or none at all, are refused', () => {
  expect(faultsOf(schedule('{ weekly: { on: [monday], at: "07:00" } }'))).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:8 activations.loyalty.schedule.weekly.on[0]: must be one of mon, tue, wed, thu, fri, sat, sun. Write on: [mon, thu]."
  `);
  expect(faultsOf(schedule('{ weekly: { on: [] } }'))).toMatchInlineSnapshot(`
    "outflow.yaml has 2 faults:
    outflow.yaml:8 activations.loyalty.schedule.weekly.on: must be a list of weekdays. Write on: [mon, thu]; the days are mon, tue, wed, thu, fri, sat, sun.
    outflow.yaml:8 activations.loyalty.schedule.weekly.at: is missing. Write two digits each: "07:00"."
  `);
});

test('startAt and endAt are told in UTC', () => {
  expect(rulesOf('{ every: 1h, startAt: 2026-12-01T08:00:00+01:00, endAt: 2026-12-31T00:00:00Z, jitter: 2m }')).toEqual(
    [
      {
        kind: 'every',
        everyMs: 3_600_000,
        timezone: 'UTC',
        startAt: '2026-12-01T07:00:00.000Z',
        endAt: '2026-12-31T00:00:00.000Z',
        jitterMs: 120_000,
      },
    ],
  );
});

test('a startAt without an offset, or after endAt, is refused', () => {
  expect(faultsOf(schedule('{ every: 1h, startAt: 2026-12-01 }'))).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:8 activations.loyalty.schedule.startAt: must be a moment with a date, a time and an offset. Write for example "2026-12-01T07:00:00Z" or "2026-12-01T08:00:00+01:00"."
  `);
  expect(faultsOf(schedule('{ every: 1h, startAt: 2026-12-01T00:00:00Z, endAt: 2026-12-01T00:30:00+01:00 }')))
    .toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:8 activations.loyalty.schedule: ends before it starts. Write an endAt after startAt."
  `);
});

describe('a rule', () => {
  test('says one time', () => {
    expect(faultsOf(schedule('{ timezone: UTC }'))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:8 activations.loyalty.schedule: says no time. Write one of { every: 15m }, { daily: "07:00" }, { weekly: { on: [mon], at: "07:00" } }, { cron: "0 7 * * *" }."
    `);
    expect(faultsOf(schedule('{ every: 15m, daily: "07:00" }'))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:8 activations.loyalty.schedule: must say one of every, daily, weekly and cron. Make a list with a rule for each."
    `);
    expect(faultsOf(schedule('15m'))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:8 activations.loyalty.schedule: must be a map or a list of maps. Write one of { every: 15m }, { daily: "07:00" }, { weekly: { on: [mon], at: "07:00" } }, { cron: "0 7 * * *" }."
    `);
  });
});

describe('a list of rules', () => {
  test('is kept in its order, and an interval takes the timezone of the others', () => {
    expect(rulesOf('[{ every: 1h }, { daily: "07:00", timezone: Europe/Paris }]')).toEqual([
      { kind: 'every', everyMs: 3_600_000, timezone: 'Europe/Paris' },
      { kind: 'daily', at: '07:00', timezone: 'Europe/Paris' },
    ]);
  });

  test('has one timezone, startAt, endAt and jitter, as a schedule of Temporal has', () => {
    const text = '[{ daily: "07:00", jitter: 1m }, { daily: "19:00", timezone: Europe/Paris }]';
    expect(faultsOf(schedule(text))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:8 activations.loyalty.schedule: has rules that differ in timezone, jitter, of which a schedule has one. Give all rules of the list the same."
    `);
  });

  test('names the rule that has a fault', () => {
    expect(faultsOf(schedule('[{ every: 1h }, { dayly: "07:00" }]'))).toMatchInlineSnapshot(`
      "outflow.yaml has 2 faults:
      outflow.yaml:8 activations.loyalty.schedule[1].dayly: is not known here. Did you mean daily?
      outflow.yaml:8 activations.loyalty.schedule[1]: says no time. Write one of { every: 15m }, { daily: "07:00" }, { weekly: { on: [mon], at: "07:00" } }, { cron: "0 7 * * *" }."
    `);
  });
});

describe('a timezone', () => {
  test.each(['UTC', 'Europe/Paris', 'Asia/Calcutta', 'US/Eastern'])('%s is known', (timezone) => {
    expect(rulesOf(`{ every: 1h, timezone: ${timezone} }`)).toEqual([{ kind: 'every', everyMs: 3_600_000, timezone }]);
  });

  test('that is unknown, written otherwise or an offset is refused', () => {
    expect(faultsOf(schedule('{ every: 1h, timezone: Europe/Pari }'))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:8 activations.loyalty.schedule.timezone: must be the IANA name of a timezone, and "Europe/Pari" is none. Did you mean Europe/Paris?"
    `);
    expect(faultsOf(schedule('{ every: 1h, timezone: europe/paris }'))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:8 activations.loyalty.schedule.timezone: must be the IANA name of a timezone, and "europe/paris" is none. Did you mean Europe/Paris?"
    `);
    expect(faultsOf(schedule('{ every: 1h, timezone: "+01:00" }'))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:8 activations.loyalty.schedule.timezone: must be the IANA name of a timezone, and "+01:00" is none. Write for example Europe/Paris or UTC."
    `);
  });
});

describe('resync', () => {
  test('is a duration', () => {
    expect(parsed(written({ activation: activation(', resync: { every: 30d }') })).activations.loyalty).toMatchObject({
      resyncEveryMs: 2_592_000_000,
    });
    expect(parsed(written()).activations.loyalty).not.toHaveProperty('resyncEveryMs');
  });

  test('is refused in another form', () => {
    expect(faultsOf(written({ activation: activation(', resync: 30d') }))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:8 activations.loyalty.resync: must be a map. Write resync: { every: 30d }."
    `);
  });
});
