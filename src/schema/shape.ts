import { z } from 'zod';
import { parseDuration } from './duration.js';
import { isReference } from './references.js';

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

/** A secret, written as the `${VAR}` that holds it. */
export function secretReference(what: string, variable: string) {
  const rule = says(
    `must be a \${VAR} that holds the ${what}, never the ${what} itself`,
    `Write "\${${variable}}", and set that variable in the environment or in .env.`,
  );
  return z.string(rule).refine(isReference, rule);
}

/** Milliseconds from a text such as `15m`. */
export function duration(min: string, max: string, example: string) {
  return checkedText(
    `must be a duration from ${min} to ${max}`,
    `Write a number and a unit, s, m, h, d or w: for example ${example}.`,
    (text) => durationWithin(text, min, max),
  );
}

/** Milliseconds from a text such as `15m`, or the one word that stands for a value of its own. */
export function durationOr<Value extends number | null>(
  word: string,
  value: Value,
  [min, max]: [string, string],
  example: string,
) {
  return checkedText(
    `must be ${word} or a duration from ${min} to ${max}`,
    `Write ${word}, or a number and a unit, s, m, h, d or w: for example ${example}.`,
    (text) => (text === word ? value : durationWithin(text, min, max)),
  );
}

/** 2.5 from `2.5%`, null from `off`. */
export function percentageOrOff(example: string) {
  return z.preprocess(
    falseAsOff,
    checkedText(
      'must be off or a percentage above 0% and up to 100%',
      `Write off, or for example ${example}.`,
      (text) => {
        if (text === 'off') return null;
        const percent = /^\d{1,3}(\.\d{1,6})?%$/.test(text) ? Number(text.slice(0, -1)) : 0;
        return percent > 0 && percent <= 100 ? percent : undefined;
      },
    ),
  );
}

/** Milliseconds from a text such as `15m`, null from `off`. */
export function durationOrOff(limits: [min: string, max: string], example: string) {
  return z.preprocess(falseAsOff, durationOr('off', null, limits, example));
}

/** YAML 1.2 reads `on` and `off` as texts; who is used to YAML 1.1 may write true and false. */
export function onOrOff() {
  const rule = says('must be on or off', 'Write on or off.');
  return z.literal(['on', 'off', true, false], rule).transform((written) => written === 'on' || written === true);
}

function falseAsOff(written: unknown): unknown {
  return written === false ? 'off' : written;
}

function durationWithin(text: string, min: string, max: string): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= parseDuration(min)! && ms <= parseDuration(max)! ? ms : undefined;
}

/** A text and what it stands for; `valueOf` gives undefined for one that breaks the rule. */
function checkedText<Value>(rule: string, remedy: string, valueOf: (text: string) => Value | undefined) {
  return z.string(says(rule, remedy)).transform((text, ctx): Value => {
    const value = valueOf(text);
    if (value !== undefined) return value;
    ctx.addIssue({ code: 'custom', message: twoLines(rule, remedy) });
    return z.NEVER;
  });
}
