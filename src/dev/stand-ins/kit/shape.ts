/** Checks a value that came in as JSON from a person or a script; throws a ShapeError that names the place and the rule. */
export type Check = (value: unknown, place: string) => void;

/** A configuration, fault switch or inspection call that is not as documented. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

function rule(expected: string, holds: (value: unknown) => boolean): Check {
  return (value, place) => {
    if (!holds(value)) throw new ShapeError(`${place} must be ${expected}`);
  };
}

export const text = rule('a non-empty string', (value) => typeof value === 'string' && value !== '');
export const flag = rule('true or false', (value) => typeof value === 'boolean');
export const count = rule('a whole number, 0 or more', (value) => Number.isSafeInteger(value) && Number(value) >= 0);
export const positiveNumber = rule('a number above 0', (value) => typeof value === 'number' && value > 0);
export const share = rule('a number from 0 to 1', (value) => typeof value === 'number' && value >= 0 && value <= 1);

export function oneOf(...allowed: readonly (string | number)[]): Check {
  return rule(`one of ${allowed.join(', ')}`, (value) => allowed.some((one) => one === value));
}

export function either(expected: string, ...checks: Check[]): Check {
  return rule(expected, (value) =>
    checks.some((check) => {
      try {
        check(value, '');
        return true;
      } catch {
        return false;
      }
    }),
  );
}

export function listOf(item: Check): Check {
  return (value, place) => {
    if (!Array.isArray(value)) throw new ShapeError(`${place} must be an array`);
    for (const [index, each] of value.entries()) item(each, `${place}[${index}]`);
  };
}

/** An object with names of the caller's choice. */
export function mapOf(item: Check): Check {
  return (value, place) => {
    for (const [name, each] of entriesOf(value, place)) item(each, `${place}.${name}`);
  };
}

/** An object with these names and no others, so that a mistyped switch is not taken for one that is off. */
export function record(required: Record<string, Check>, optional: Record<string, Check> = {}): Check {
  const known = { ...required, ...optional };
  return (value, place) => {
    const entries = entriesOf(value, place);
    for (const [name, each] of entries) {
      const check = known[name];
      if (check === undefined) {
        throw new ShapeError(`${place} has no "${name}"; it can have ${Object.keys(known).join(', ')}`);
      }
      check(each, `${place}.${name}`);
    }
    for (const name of Object.keys(required)) {
      if (!entries.some(([given]) => given === name)) throw new ShapeError(`${place} needs "${name}"`);
    }
  };
}

function entriesOf(value: unknown, place: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ShapeError(`${place} must be an object`);
  }
  return Object.entries(value);
}
