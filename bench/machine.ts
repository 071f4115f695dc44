import { cpus, release, totalmem, type as systemName } from 'node:os';
import pg from 'pg';
import { findTemporalCli } from '../src/dev/embedded/temporal-cli.js';

/** Where and with what a measurement was made: times of two machines cannot be compared, ratios roughly can. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  postgres: string;
  temporal: string;
  /** ISO 8601, UTC. */
  measuredAt: string;
}

export async function describeMachine(postgresUrl: string): Promise<Machine> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  await client.end();
  const temporal = await findTemporalCli({ report: () => undefined });
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${systemName()} ${release()} ${process.arch}`,
    node: process.version,
    postgres: rows[0]!.server_version,
    temporal: temporal.version,
    measuredAt: new Date().toISOString(),
  };
}

/** In words, for people who read results. */
export function machineText({ cpu, cores, memoryGb, system, node, postgres, temporal }: Machine): string {
  return `${cores} cores (${cpu}), ${memoryGb} GB, ${system}; Node ${node}, PostgreSQL ${postgres}, Temporal CLI ${temporal}`;
}
