import type { CalendarSpec, DayOfWeek, ScheduleSpec } from '@temporalio/client';
import type { ScheduleRule, Weekday } from '../activation/definitions.js';

/**
 * The rules of one activation as Temporal takes them: a run starts when any of them says so. Timezone, start, end and
 * jitter are one for the whole schedule; the checked definitions have them the same in every rule.
 */
export function scheduleSpec(rules: [ScheduleRule, ...ScheduleRule[]]): ScheduleSpec {
  const [{ timezone, startAt, endAt, jitterMs }] = rules;
  return {
    intervals: rules.flatMap((rule) => (rule.kind === 'every' ? { every: rule.everyMs } : [])),
    calendars: rules.flatMap((rule) => calendar(rule) ?? []),
    cronExpressions: rules.flatMap((rule) => (rule.kind === 'cron' ? rule.cron : [])),
    timezone,
    ...(startAt !== undefined && { startAt: new Date(startAt) }),
    ...(endAt !== undefined && { endAt: new Date(endAt) }),
    ...(jitterMs !== undefined && { jitter: jitterMs }),
  };
}

function calendar(rule: ScheduleRule): CalendarSpec | undefined {
  if (rule.kind !== 'daily' && rule.kind !== 'weekly') return undefined;
  const [hour, minute] = rule.at.split(':').map(Number);
  return {
    hour: hour!,
    minute: minute!,
    ...(rule.kind === 'weekly' && { dayOfWeek: rule.on.map((day) => days[day]) }),
  };
}

const days: Record<Weekday, DayOfWeek> = {
  mon: 'MONDAY',
  tue: 'TUESDAY',
  wed: 'WEDNESDAY',
  thu: 'THURSDAY',
  fri: 'FRIDAY',
  sat: 'SATURDAY',
  sun: 'SUNDAY',
};
