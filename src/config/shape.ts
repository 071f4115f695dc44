import { z } from 'zod';
import { parseDuration } from './duration.js';

/**
 * A message of a schema has two lines: the rule, which completes the path (`must be ...`), and the remedy. One of an
 * object's unknown keys lists the known ones instead; what is said of each key is said where issues become faults.
 */
export function twoLines(rule: string, remedy: string): string {
  return `${rule}\n${remedy}`;
}

/** The error setting of a schema: says that the entry is missing or empty where it is, else the rule. */
export function says(rule: string, remedy: string): { error: (issue: { input?: unknown }) => string } {
  return {
    error: ({ input }) => {
      if (input === undefined) return twoLines('is missing', remedy);
      return twoLines(input === null ? 'has no value' : rule, remedy);
    },
  };
}

/** A map with known keys; others are faults. */
export function section<Shape extends z.ZodRawShape>(shape: Shape, remedy: string) {
  const { error } = says('must be a map', remedy);
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join('\n') : error(issue)),
  });
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(words: Words, remedy: string) {
  const list = words.join(', ');
  return z.enum(words, says(words.length === 1 ? `must be ${list}` : `must be one of ${list}`, remedy));
}

/** A name of a source, segment, destination, activation or app. */
export function entityName(example: string) {
  const remedy = `Choose another, for example ${example}.`;
  return z
    .string(says('must be a name', remedy))
    .regex(
      /^[a-z0-9][a-z0-9_-]{0,62}$/,
      says('must be a name of 1 to 63 of a-z, 0-9, - and _, beginning with a letter or digit', remedy),
    );
}

/** A column of a segment. */
export function columnName(remedy: string) {
  const named = says('must be the name of a column of the segment', remedy);
  return z.string(named).min(1, named);
}

export function wholeNumber(min: number, max: number, remedy: string) {
  const rule = says(`must be a whole number from ${min} to ${max}`, remedy);
  return z.number(rule).int(rule).min(min, rule).max(max, rule);
}

/** Milliseconds from a text such as `15m`. */
export function duration(min: string, max: string, example: string) {
  const rule = `must be a duration from ${min} to ${max}`;
  const remedy = `Write a number and a unit, s, m, h, d or w: for example ${example}.`;
  return z.string(says(rule, remedy)).transform((text, ctx) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= parseDuration(min)! && ms <= parseDuration(max)!) return ms;
    ctx.addIssue({ code: 'custom', message: twoLines(rule, remedy) });
    return z.NEVER;
  });
}
