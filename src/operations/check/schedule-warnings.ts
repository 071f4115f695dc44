import type { Definitions } from '../../activation/definitions.js';
import { oddDays } from '../../config/clock-changes.js';
import { whyNeverRuns } from '../../config/never-runs.js';
import type { CheckWarning } from './report.js';

/** What is probably not meant of the schedules. */
export function scheduleWarnings(definitions: Definitions, now: Date): CheckWarning[] {
  return [...neverRunWarnings(definitions, now), ...clockChangeWarnings(definitions, now)];
}

/** Schedules that start no run any more are probably not meant. */
function neverRunWarnings({ activations }: Definitions, now: Date): CheckWarning[] {
  return Object.values(activations).flatMap(({ name, schedule }) =>
    schedule.flatMap((rule) => {
      const why = whyNeverRuns(rule, now);
      return why === undefined
        ? []
        : {
            code: 'never_runs',
            message: `A rule of the schedule of ${name} ${why}.`,
            remedy: 'Correct it, or leave it out to run by hand.',
            activation: name,
          };
    }),
  );
}

const CLOCKS_CHECKED_MS = 366 * 86_400_000;

/** Days without a run, or with two, because clocks are changed: of the coming year. */
function clockChangeWarnings({ activations }: Definitions, now: Date): CheckWarning[] {
  const to = new Date(now.getTime() + CLOCKS_CHECKED_MS);
  return Object.values(activations).flatMap(({ name, schedule }) =>
    schedule.flatMap((rule) => {
      if (rule.kind !== 'daily' && rule.kind !== 'weekly') return [];
      const [skipped, doubled] = [0, 2].map((times) =>
        oddDays(rule, now, to).flatMap((day) => (day.times === times ? day.date : [])),
      ) as [string[], string[]];
      const days = [
        ...(skipped.length > 0 ? [`no run on ${skipped.join(', ')}`] : []),
        ...(doubled.length > 0 ? [`two runs on ${doubled.join(', ')}`] : []),
      ];
      if (days.length === 0) return [];
      return {
        code: 'clock_change',
        message: `Because the clocks of ${rule.timezone} are changed, ${rule.at} in the schedule of ${name} starts ${days.join(' and ')}.`,
        remedy: 'Choose a time at which they are not changed, such as one in the afternoon, or timezone: UTC.',
        activation: name,
      };
    }),
  );
}
