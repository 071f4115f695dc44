import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'dotenv';
import { OutflowError } from '../activation/errors.js';

/** Where `${VAR}` references find their values. */
export interface Environment {
  /** Only variables that hold something: an empty one counts as not set. */
  values: ReadonlyMap<string, string>;
  /** For messages: `the environment and in shop/.env`. */
  lookedIn: string;
  /** Variables whose line in the file has an unquoted `#`, at which their value ends. */
  cutOff?: string[];
}

/**
 * The process environment over the `.env` beside a file of definitions. The file of definitions need not exist.
 * Throws ConfigInvalid when there is a `.env` that cannot be read.
 */
export async function readEnvironment(
  file: string,
  processEnv: Record<string, string | undefined>,
): Promise<Environment> {
  const envFile = join(dirname(file), '.env');
  const text = await readIfExists(envFile);
  const values = new Map<string, string>();
  for (const [name, value] of [...Object.entries(parse(text ?? '')), ...Object.entries(processEnv)]) {
    if (value !== undefined && value !== '') values.set(name, value);
  }
  const lookedIn =
    text === undefined ? `the environment (there is no ${envFile})` : `the environment and in ${envFile}`;
  return { values, lookedIn, cutOff: cutOffVariables(text ?? '').filter((name) => !processEnv[name]) };
}

/** Not those with a blank before the `#`: there a comment is meant. */
function cutOffVariables(text: string): string[] {
  const line = /^[^\S\n]*(?:export[^\S\n]+)?([\w.-]+)[^\S\n]*=[^\S\n]*(?:[^'"`\s#](?:[^#\n]*[^#\s])?)?#/gm;
  return Array.from(text.matchAll(line), ([, name]) => name!);
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    if (code === 'ENOENT') return undefined;
    throw new OutflowError(
      'ConfigInvalid',
      `${path} cannot be read (${code})`,
      'Make it a file that this user may read.',
    );
  }
}
