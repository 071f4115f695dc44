import type { ScheduleRule } from '../activation/definitions.js';
import { cronCalendar } from './cron.js';

const DAY_MS = 86_400_000;
/** Cron expressions know years up to this one. */
const LAST_YEAR = 2100;

/** Why a rule starts no run from `now` on, in words that follow its name; undefined when it starts one. */
export function whyNeverRuns(rule: ScheduleRule, now: Date): string | undefined {
  const end = rule.endAt === undefined ? Date.UTC(LAST_YEAR + 1, 0) : Date.parse(rule.endAt);
  if (end <= now.getTime()) return 'has ended: its endAt is in the past';
  if (rule.kind !== 'cron') return undefined;
  const calendar = cronCalendar(rule.cron);
  if (!calendar) return undefined;
  // A day more at both ends: a timezone may be a day ahead or behind.
  for (
    let day = Math.max(now.getTime(), Date.parse(rule.startAt ?? '1970-01-01')) - DAY_MS;
    day < end + DAY_MS;
    day += DAY_MS
  ) {
    const date = new Date(day);
    const matches =
      calendar.days.has(date.getUTCDate()) &&
      calendar.months.has(date.getUTCMonth() + 1) &&
      calendar.weekdays.has(date.getUTCDay()) &&
      calendar.years.has(date.getUTCFullYear());
    if (matches) return undefined;
  }
  return 'names a day that does not come (again): day of month, month, day of week and year must all fit';
}
