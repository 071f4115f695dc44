import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../config/faults.js';
import { loadDefinitions } from '../config/load-definitions.js';
import { newestDefinitions } from '../engine/definitions/definitions.js';
import type { Session } from './session.js';

/** How the file stands to the definitions that were applied, which are what runs use. */
export type AppliedComparison = 'same' | 'different' | 'faulty';

/** undefined where there is no file, or nothing was applied. */
export async function compareWithApplied({
  file,
  environment,
  engine,
}: Session): Promise<AppliedComparison | undefined> {
  const applied = await newestDefinitions(engine.db);
  if (!applied || !existsSync(file)) return undefined;
  try {
    const { definitions } = await loadDefinitions(file, environment);
    const isSame = isDeepStrictEqual(JSON.parse(JSON.stringify(definitions)), applied.definitions);
    return isSame ? 'same' : 'different';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return 'faulty';
  }
}
