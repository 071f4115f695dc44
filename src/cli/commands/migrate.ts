import { migrateEngine } from '../../operations/migrate-engine.js';
import { print } from '../../terminal/output.js';

/** `outflow migrate`: without Temporal, by the role of OUTFLOW_DATABASE_URL. */
export async function migrateCommand({ file }: { file: string }): Promise<number> {
  const { where, made } = await migrateEngine(file);
  print(
    made.length === 0
      ? `The engine's database at ${where} has the schema of this version.`
      : `Migrated the engine's database at ${where}: ${made.join(', ')}.`,
  );
  return 0;
}
