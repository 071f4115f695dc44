import { expect, test } from 'vitest';
import { scheduleWarnings } from '../../src/operations/check/schedule-warnings.js';
import type { Definitions, ScheduleRule } from '../../src/activation/definitions.js';

function warningsOf(...schedule: ScheduleRule[]): { code: string; message: string }[] {
  const definitions = { activations: { loyalty: { name: 'loyalty', schedule } } } as unknown as Definitions;
  return scheduleWarnings(definitions, new Date('2027-01-01T00:00:00Z'));
}

test('a time that is skipped by a change of clocks is warned of, with the day and what to do', () => {
  expect(warningsOf({ kind: 'daily', at: '02:30', timezone: 'Europe/Paris' })).toEqual([
    {
      code: 'clock_change',
      message:
        'Because the clocks of Europe/Paris are changed, 02:30 in the schedule of loyalty starts no run on 2027-03-28.',
      remedy: 'Choose a time at which they are not changed, such as one in the afternoon, or timezone: UTC.',
      activation: 'loyalty',
    },
  ]);
  expect(warningsOf({ kind: 'weekly', on: ['sun'], at: '00:00', timezone: 'America/Havana' })[0]?.message).toContain(
    'starts no run on 2027-03-14 and two runs on 2027-11-07.',
  );
});

test('other times, and rules that name no time of the day, are not', () => {
  expect(warningsOf({ kind: 'daily', at: '07:00', timezone: 'Europe/Paris' })).toEqual([]);
  expect(warningsOf({ kind: 'weekly', on: ['mon'], at: '02:30', timezone: 'Europe/Paris' })).toEqual([]);
  expect(warningsOf({ kind: 'daily', at: '02:30', timezone: 'UTC' })).toEqual([]);
  expect(warningsOf({ kind: 'every', everyMs: 60_000, timezone: 'Europe/Paris' })).toEqual([]);
});
