import type { Ground } from './ground.js';
import { Lab } from './lab.js';
import { describeMachine, type Machine } from './machine.js';
import { measurements } from './measurements.js';
import type { BenchOptions } from './bench-options.js';
import type { Row } from './row.js';

export interface Measured {
  /** By measurement. */
  rows: Record<string, Row[]>;
  machine: Machine;
  /** Measurements that failed: their rows are missing. */
  failed: string[];
}

/** Makes the measurements asked for, one after the other. One that fails is told, and costs only its own rows. */
export async function measure(
  ground: Ground,
  options: BenchOptions,
  report: (line: string) => void,
): Promise<Measured> {
  const lab = await Lab.open(ground, options, report);
  const rows: Record<string, Row[]> = {};
  const failed: string[] = [];
  for (const name of options.names) {
    report(`\n${name}`);
    const startedAt = performance.now();
    try {
      rows[name] = await measurements[name]!.measure(lab);
    } catch (error) {
      ground.signal.throwIfAborted();
      failed.push(name);
      report(`${name} was not measured: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    report(`${name} took ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  }
  return { rows, machine: await describeMachine(lab.sourceUrl), failed };
}
