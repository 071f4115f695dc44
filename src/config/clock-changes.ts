import type { Weekday } from '../activation/definitions.js';

/** A day on which Temporal starts no run at a time of the day, or two, because the clocks of its timezone are changed. */
export interface OddDay {
  /** `2027-03-28` */
  date: string;
  times: 0 | 2;
}

/** No clocks of our days are changed twice in that time. */
const SAMPLE_MS = 7 * 86_400_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** `on`: the days of the week that count; all, if left out. */
export interface TimeOfDay {
  /** `02:30` */
  at: string;
  timezone: string;
  on?: readonly Weekday[];
}

/** The odd days of a time, in order, from one moment to another. */
export function oddDays({ at, timezone, on }: TimeOfDay, from: Date, to: Date): OddDay[] {
  const [hour, minute] = at.split(':').map(Number) as [number, number];
  const timeMs = (hour * 60 + minute) * MINUTE_MS;
  return clockChanges(timezone, from, to).flatMap((change) => {
    const [start, end] = [Math.min(change.before, change.after), Math.max(change.before, change.after)];
    // A change may pass midnight.
    const days = [Math.floor(start / DAY_MS), Math.floor((end - 1) / DAY_MS)].map((day) => day * DAY_MS);
    return [...new Set(days)]
      .filter((day) => start <= day + timeMs && day + timeMs < end && isOneOf(day, on))
      .map((day) => ({ date: new Date(day).toISOString().slice(0, 10), times: runsAt(day + timeMs, change) }))
      .filter((day): day is OddDay => day.times !== 1);
  });
}

/**
 * How many runs Temporal starts at a time that the clocks pass over or show twice: found by asking its server. It takes such a
 * time for one as it would be without the change. Where that is in another hour than the rule says, it starts none; where it
 * is the first of two, it finds the second as well.
 */
function runsAt(shown: number, { at, before, after }: ClockChange): 0 | 1 | 2 {
  if (before > after) return shown < at ? 2 : 1;
  const shift = after - before;
  const taken = shown < at ? shown - shift : shown + shift;
  return Math.floor(taken / HOUR_MS) === Math.floor(shown / HOUR_MS) ? 1 : 0;
}

/** Milliseconds since the epoch. `before` and `after`: what the clocks show at that moment, as if they showed UTC. */
interface ClockChange {
  at: number;
  before: number;
  after: number;
}

function clockChanges(timezone: string, from: Date, to: Date): ClockChange[] {
  const shown = clockOf(timezone);
  const changes: ClockChange[] = [];
  const offset = (ms: number): number => shown(ms) - ms;
  const start = Math.floor(from.getTime() / MINUTE_MS) * MINUTE_MS;
  for (let ms = start; ms < to.getTime(); ms += SAMPLE_MS) {
    if (offset(ms) === offset(ms + SAMPLE_MS)) continue;
    let [low, high] = [ms, ms + SAMPLE_MS];
    while (high - low > MINUTE_MS) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
      if (offset(middle) === offset(low)) low = middle;
      else high = middle;
    }
    changes.push({ at: high, before: high + offset(low), after: high + offset(high) });
  }
  return changes;
}

/** What the clocks of the timezone show at a moment, as if they showed UTC. */
function clockOf(timezone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    ...({ year: 'numeric', month: '2-digit', day: '2-digit' } as const),
    ...({ hour: '2-digit', minute: '2-digit', second: '2-digit' } as const),
  });
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

const weekdays: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function isOneOf(day: number, on: readonly Weekday[] | undefined): boolean {
  return on === undefined || on.includes(weekdays[new Date(day).getUTCDay()]!);
}
