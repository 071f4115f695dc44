import { z } from 'zod';
import type { ScheduleRule, Weekday } from '../activation/definitions.js';
import { cronFault } from './cron.js';
import { choice, duration, says, section, twoLines } from '../schema/shape.js';
import { timezoneFault } from './timezone.js';

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const satisfies Weekday[];

const timeRule = says('must be a time of the day, 00:00 to 23:59', 'Write two digits each: "07:00".');
const timeOfDay = z.string(timeRule).regex(/^([01]\d|2[0-3]):[0-5]\d$/, timeRule);

const daysRule = says('must be a list of weekdays', `Write on: [mon, thu]; the days are ${weekdays.join(', ')}.`);
const days = z
  .array(choice(weekdays, `Write on: [mon, thu].`), daysRule)
  .min(1, daysRule)
  .transform((written) => weekdays.filter((day) => written.includes(day)));

const cron = z
  .string(says('must be a cron expression', 'Write for example "0 7 * * 1-5".'))
  .superRefine((text, ctx) => refuse(ctx, cronFault(text)))
  .transform((text) => text.trim().replace(/\s+/g, ' '));

const timezone = z
  .string(says('must be the IANA name of a timezone', 'Write for example Europe/Paris.'))
  .superRefine((text, ctx) => refuse(ctx, timezoneFault(text)));

const instantRule = says(
  'must be a moment with a date, a time and an offset',
  'Write for example "2026-12-01T07:00:00Z" or "2026-12-01T08:00:00+01:00".',
);
const instant = z.iso.datetime({ offset: true, ...instantRule }).transform((text) => new Date(text).toISOString());

const kindsRemedy =
  'Write one of { every: 15m }, { daily: "07:00" }, { weekly: { on: [mon], at: "07:00" } }, { cron: "0 7 * * *" }.';

const rule = section(
  {
    every: duration('10s', '366d', '15m').optional(),
    daily: timeOfDay.optional(),
    weekly: section({ on: days, at: timeOfDay }, 'Write weekly: { on: [mon, thu], at: "07:00" }.').optional(),
    cron: cron.optional(),
    timezone: timezone.optional(),
    startAt: instant.optional(),
    endAt: instant.optional(),
    jitter: duration('1s', '366d', '2m').optional(),
  },
  kindsRemedy,
).superRefine(({ every, daily, weekly, cron, startAt, endAt }, ctx) => {
  const kinds = [every, daily, weekly, cron].filter((kind) => kind !== undefined).length;
  if (kinds === 0) refuse(ctx, { rule: 'says no time', remedy: kindsRemedy });
  if (kinds > 1)
    refuse(ctx, { rule: 'must say one of every, daily, weekly and cron', remedy: 'Make a list with a rule for each.' });
  if (startAt !== undefined && endAt !== undefined && endAt <= startAt)
    refuse(ctx, { rule: 'ends before it starts', remedy: 'Write an endAt after startAt.' });
});

type WrittenRule = z.output<typeof rule>;

/** `activations.<name>.schedule`: one rule or a list of them. Its rules become one schedule of Temporal. */
export const scheduleShape = z
  .union([rule, z.array(rule)], says('must be a map or a list of maps', kindsRemedy))
  .transform((written) => (Array.isArray(written) ? written : [written]))
  .superRefine((rules, ctx) => {
    const differing = settingsThatDiffer(rules);
    if (differing.length > 0) {
      refuse(ctx, {
        rule: `has rules that differ in ${differing.join(', ')}, of which a schedule has one`,
        remedy: 'Give all rules of the list the same.',
      });
    }
  })
  .transform((rules) => {
    const shared = rules.flatMap(timezonesOf)[0] ?? 'UTC';
    return rules.map((written) => scheduleRule(written, shared));
  });

/** Temporal keeps these once a schedule, not once a rule. */
function settingsThatDiffer(rules: WrittenRule[]): string[] {
  const distinct = (values: unknown[]) => new Set(values).size > 1;
  return [
    ...(distinct(rules.flatMap(timezonesOf)) ? ['timezone'] : []),
    ...(['startAt', 'endAt', 'jitter'] as const).filter((key) => distinct(rules.map((written) => written[key]))),
  ];
}

/** None for an interval that names none: an interval needs no timezone. */
function timezonesOf({ every, timezone }: WrittenRule): string[] {
  return every !== undefined && timezone === undefined ? [] : [timezone ?? 'UTC'];
}

function scheduleRule({ every, daily, weekly, cron, ...rest }: WrittenRule, timezone: string): ScheduleRule {
  const settings = {
    timezone,
    ...(rest.startAt === undefined ? {} : { startAt: rest.startAt }),
    ...(rest.endAt === undefined ? {} : { endAt: rest.endAt }),
    ...(rest.jitter === undefined ? {} : { jitterMs: rest.jitter }),
  };
  if (every !== undefined) return { kind: 'every', everyMs: every, ...settings };
  if (daily !== undefined) return { kind: 'daily', at: daily, ...settings };
  if (weekly !== undefined) return { kind: 'weekly', ...weekly, ...settings };
  return { kind: 'cron', cron: cron!, ...settings };
}

function refuse(ctx: z.RefinementCtx, fault: { rule: string; remedy: string } | undefined): void {
  if (fault) ctx.addIssue({ code: 'custom', message: twoLines(fault.rule, fault.remedy) });
}
