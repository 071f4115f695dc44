import { canReadMemory } from '../process-memory.js';
import { plainRow, type Row } from '../row.js';

/** The most that a kind of run took above idle in any of its repeats; no row where the system does not say. */
export function memoryRows(kindOfRun: string, size: number, peaks: readonly number[]): Row[] {
  if (!canReadMemory) return [];
  const name = `${kindOfRun}, worker's peak memory above idle, MB`;
  return [plainRow({ name, size, value: Math.max(...peaks) }, { compare: '<=', figure: 100 })];
}

export function memoryText(mb: number): string {
  return canReadMemory ? `; memory ${mb.toFixed(0)} MB above idle` : '';
}
