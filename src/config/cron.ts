interface CronField {
  name: string;
  min: number;
  max: number;
  /** Names that may stand for numbers, the first for `firstName`; any beginning of at least `shortest` letters will do. */
  names?: string[];
  firstName?: number;
  shortest?: number;
}

const second = { name: 'second', min: 0, max: 59 };
const minute = { name: 'minute', min: 0, max: 59 };
const hour = { name: 'hour', min: 0, max: 23 };
const dayOfMonth = { name: 'day of month', min: 1, max: 31 };
const months = 'january february march april may june july august september october november december'.split(' ');
const month = { name: 'month', min: 1, max: 12, names: months, firstName: 1, shortest: 3 };
const days = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const dayOfWeek = { name: 'day of week', min: 0, max: 7, names: days, firstName: 0, shortest: 2 };
const year = { name: 'year', min: 2000, max: 2100 };

const fieldsByCount = new Map<number, CronField[]>([
  [5, [minute, hour, dayOfMonth, month, dayOfWeek]],
  [6, [minute, hour, dayOfMonth, month, dayOfWeek, year]],
  [7, [second, minute, hour, dayOfMonth, month, dayOfWeek, year]],
]);

const shortcuts = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/**
 * Why Temporal would not take a cron expression; undefined when it would. It takes 5 fields (minute, hour, day of month,
 * month, day of week), 6 (with a year) or 7 (with a second before), and shortcuts such as `@daily`. Stricter than Temporal
 * on purpose: intervals and timezones have settings of their own, and what follows a `#` would be dropped as a comment,
 * so that `mon#1` would mean every Monday.
 */
export function cronFault(expression: string): { rule: string; remedy: string } | undefined {
  const text = expression.trim();
  if (shortcuts.includes(text)) return undefined;
  if (text.startsWith('@every'))
    return { rule: 'must not be an interval', remedy: 'Write { every: 15m } in place of cron.' };
  if (/^(CRON_)?TZ=/.test(text))
    return {
      rule: 'must not name a timezone',
      remedy: 'Write timezone beside cron: { cron: ..., timezone: Europe/Paris }.',
    };
  if (text.startsWith('@'))
    return { rule: `must be one of ${shortcuts.join(', ')}, or fields`, remedy: 'Write for example "0 7 * * 1-5".' };
  const parts = text.split(/\s+/);
  const fields = fieldsByCount.get(parts.length);
  if (!fields) {
    return {
      rule: `must have 5 fields, or 6 with a year, or 7 with a second before and a year, and has ${text === '' ? 0 : parts.length}`,
      remedy: 'Write minute, hour, day of month, month and day of week: "0 7 * * 1-5" is 07:00 from Monday to Friday.',
    };
  }
  const wrong = fields.find((field, i) => !parts[i]!.split(',').every((item) => accepts(field, item)));
  if (!wrong) return undefined;
  return {
    rule: `has a ${wrong.name} that is not understood`,
    remedy: `Write *, numbers from ${wrong.min} to ${wrong.max}${wrong.names ? ` or names such as ${wrong.names[1]!.slice(0, 3)}` : ''}, ranges (1-5), steps (*/15) or a list of these.`,
  };
}

/** The days on which an expression that is well formed may run. */
export interface CronCalendar {
  days: Set<number>;
  months: Set<number>;
  /** 0 is Sunday. */
  weekdays: Set<number>;
  years: Set<number>;
}

/** undefined for a shortcut such as `@daily`, which leaves out no day for ever. */
export function cronCalendar(expression: string): CronCalendar | undefined {
  const parts = expression.trim().split(/\s+/);
  const fields = fieldsByCount.get(parts.length);
  if (!fields) return undefined;
  const valuesOf = (field: CronField): Set<number> => {
    const at = fields.indexOf(field);
    return new Set((at < 0 ? '*' : parts[at]!).split(',').flatMap((item) => valuesOfItem(field, item)));
  };
  const weekdays = new Set([...valuesOf(dayOfWeek)].map((day) => day % 7));
  return { days: valuesOf(dayOfMonth), months: valuesOf(month), weekdays, years: valuesOf(year) };
}

function valuesOfItem(field: CronField, item: string): number[] {
  const [range = '', step] = item.split('/');
  const [from = '', to] = range.split('-');
  const start = from === '*' ? field.min : valueOf(field, from)!;
  const isOpen = from === '*' || (to === undefined && step !== undefined);
  const end = isOpen ? field.max : to === undefined ? start : valueOf(field, to)!;
  const values: number[] = [];
  for (let value = start; value <= end; value += Number(step ?? 1)) values.push(value);
  return values;
}

/** `*`, `5`, `1-5`, and each with a step: `1-5/2`. */
function accepts(field: CronField, item: string): boolean {
  const match = /^(?:\*|([a-z\d]+)(?:-([a-z\d]+))?)(?:\/(\d{1,9}))?$/i.exec(item);
  if (!match) return false;
  const [, from, to, step] = match;
  if (step !== undefined && Number(step) < 1) return false;
  if (from === undefined) return true;
  const start = valueOf(field, from);
  if (start === undefined) return false;
  if (to === undefined) return true;
  const end = valueOf(field, to);
  return end !== undefined && end >= start;
}

function valueOf({ min, max, names, firstName = 0, shortest = 0 }: CronField, text: string): number | undefined {
  const named = text.length >= shortest ? (names?.findIndex((name) => name.startsWith(text.toLowerCase())) ?? -1) : -1;
  if (named >= 0) return named + firstName;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  return value >= min && value <= max ? value : undefined;
}
