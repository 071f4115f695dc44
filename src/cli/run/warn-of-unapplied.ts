import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../../config/faults.js';
import { loadDefinitions } from '../../config/load-definitions.js';
import { newestDefinitions } from '../../engine/definitions/definitions.js';
import { warn } from '../../terminal/output.js';
import type { Session } from '../../operations/session.js';

/** Runs use what was applied: says so when the file has something else. Where there is no file there is nothing to say. */
export async function warnOfUnapplied({ file, environment, engine }: Session): Promise<void> {
  const applied = await newestDefinitions(engine.db);
  if (!applied || !existsSync(file)) return;
  try {
    const { definitions } = await loadDefinitions(file, environment);
    if (isDeepStrictEqual(JSON.parse(JSON.stringify(definitions)), applied.definitions)) return;
    warn(`${file} differs from what was applied, which is what runs use. \`outflow apply\` shows the difference.`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    warn(`${file} has faults; runs use what was applied. \`outflow check\` shows the faults.`);
  }
}
