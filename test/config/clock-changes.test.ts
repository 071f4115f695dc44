import { expect, test } from 'vitest';
import { oddDays } from '../../src/config/clock-changes.js';

const from = new Date('2027-01-01T00:00:00Z');
const to = new Date('2029-01-01T00:00:00Z');
const MINUTE_MS = 60_000;

test('the night in which clocks go forward has no 02:30, and only the days of the week that are named count', () => {
  const at = { at: '02:30', timezone: 'Europe/Paris' };
  const year = new Date('2028-01-01T00:00:00Z');
  expect(oddDays(at, from, year)).toEqual([{ date: '2027-03-28', times: 0 }]);
  expect(oddDays({ ...at, on: ['mon', 'sat'] }, from, year)).toEqual([]);
  expect(oddDays({ ...at, on: ['sun'] }, from, year)).toHaveLength(1);
  expect(oddDays({ at: '00:00', timezone: 'America/Havana' }, from, year)).toEqual([
    { date: '2027-03-14', times: 0 },
    { date: '2027-11-07', times: 2 },
  ]);
  expect(oddDays({ at: '02:30', timezone: 'UTC' }, from, to)).toEqual([]);
});

/** How often each time of the day, in quarters of an hour, is shown on a day; only those that are not shown once. */
function shownOtherThanOnce(timezone: string, day: string): Map<string, number> {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });
  const shown = new Map<string, number>();
  for (let i = 0; i < 96; i++) shown.set(new Date(i * 15 * MINUTE_MS).toISOString().slice(11, 16), 0);
  const midnight = Date.parse(day);
  for (let ms = midnight - 16 * 60 * MINUTE_MS; ms < midnight + 40 * 60 * MINUTE_MS; ms += 15 * MINUTE_MS) {
    const [date, time] = format.format(ms).split(' ') as [string, string];
    if (date === day) shown.set(time, shown.get(time)! + 1);
  }
  return new Map([...shown].filter(([, times]) => times !== 1));
}

test('in no timezone of the coming years a day goes without a run, or has two, without being known', () => {
  const times = ['00:00', '00:30', '02:30'];
  const checked = new Set<string>();
  for (const timezone of Intl.supportedValuesOf('timeZone')) {
    const known = new Map(times.map((at) => [at, oddDays({ at, timezone }, from, to)]));
    const days = new Set([...known.values()].flat().map(({ date }) => date));
    for (const day of days) {
      const shown = shownOtherThanOnce(timezone, day);
      for (const [at, odd] of known) {
        const times = odd.find(({ date }) => date === day)?.times ?? 1;
        // A time that is shown twice may start one run only; any other is started as often as it is shown.
        if (times !== 1 && times !== shown.get(at)) throw new Error(`${at} on ${day} in ${timezone}: ${times}`);
        checked.add(timezone);
      }
      for (const [at, times] of shown) {
        const isKnown = known.get(at)?.some(({ date }) => date === day);
        if (known.has(at) && times === 0 && !isKnown) throw new Error(`${at} on ${day} in ${timezone} is not shown`);
      }
    }
  }
  expect(checked.size).toBeGreaterThan(50);
});
