import { readFile } from 'node:fs/promises';

/** The size for which the example is written. */
export const defaultCustomers = 10_000;
/** Fewer make no run that is long enough to be paused. */
export const minCustomers = 1_000;

/**
 * The project's own outflow.yaml, as it stands; for a shop of another size with a chunk size that makes a run of that
 * size neither one chunk nor thousands.
 */
export async function demoDefinitions(customers: number): Promise<string> {
  const text = await readFile(new URL('../../../outflow.yaml', import.meta.url), 'utf8');
  const chunkSize = chunkSizeOf(customers);
  return chunkSize === undefined ? text : text.replace(/(?<=^ +chunkSize: )\d+/m, String(chunkSize));
}

/** undefined: as in the example. */
export function chunkSizeOf(customers: number): number | undefined {
  if (customers < defaultCustomers) return Math.floor(customers / 20);
  return customers > 10 * defaultCustomers ? 10_000 : undefined;
}
