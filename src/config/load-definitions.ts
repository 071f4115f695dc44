import { readFile } from 'node:fs/promises';
import type { Definitions } from '../activation/definitions.js';
import type { Environment } from './environment.js';
import { ConfigError, type Fault, type PathStep, pathText } from './faults.js';
import { parseDefinitions } from './parse-definitions.js';
import { missingSecrets } from './secrets.js';

export interface LoadedDefinitions {
  /** As the caller named it. */
  file: string;
  definitions: Definitions;
  /** One for each place that refers to a variable that is not set. Not thrown: who needs a secret asks for it. */
  secretsMissing: Fault[];
  /** The line of an entry. */
  lineOf: (path: readonly PathStep[]) => number;
}

/** Reads and checks a file of definitions. Throws ConfigError with all its faults. */
export async function loadDefinitions(file: string, environment: Environment): Promise<LoadedDefinitions> {
  const { definitions, lineOf } = parseDefinitions(file, await readText(file));
  const secretsMissing = missingSecrets(definitions, environment).map(({ variable, path }) => ({
    file,
    line: lineOf(path),
    path: pathText(path),
    message: `refers to ${variable}, not set in ${environment.lookedIn}`,
    remedy: 'Set it there; an empty value counts as not set.',
  }));
  return { file, definitions, secretsMissing, lineOf };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const message = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    const remedy = 'Run the command in the folder of your outflow.yaml, or name the file.';
    throw new ConfigError(file, [{ file, line: 1, path: '', message, remedy }]);
  }
}
