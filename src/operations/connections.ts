import { dirname, resolve } from 'node:path';
import { OutflowError } from '../activation/errors.js';
import { taskQueue } from '../activation/task-queues.js';
import type { Environment } from '../config/environment.js';
import { findStack, type StackRecord } from '../config/stack-record.js';
import { loadTemporalSettings, type TemporalSettings } from '../temporal/settings.js';

/** The engine's database and the Temporal that a command works with. */
export interface Connections {
  databaseUrl: string;
  temporal: TemporalSettings;
  /** The stack of `outflow dev` that they belong to; absent when the environment names them. */
  stack?: StackRecord;
}

/** Where `outflow dev` keeps its servers' data, and says where they are. */
export function devFolder(file: string): string {
  return resolve(dirname(file), '.outflow');
}

/**
 * Those that OUTFLOW_DATABASE_URL and Temporal's variables name; without OUTFLOW_DATABASE_URL, those of the `outflow dev`
 * that runs beside the file. Never one of each: the schedules of a database belong to one Temporal. undefined when there
 * is neither. Throws ConfigInvalid when Temporal's configuration cannot be read.
 */
export async function findConnections(file: string, environment: Environment): Promise<Connections | undefined> {
  const databaseUrl = environment.values.get('OUTFLOW_DATABASE_URL');
  if (databaseUrl !== undefined) return { databaseUrl, temporal: loadTemporalSettings(environment.values) };
  return findStackConnections(file);
}

/** Those of the `outflow dev` that runs beside the file; undefined when none does. */
export async function findStackConnections(file: string): Promise<Connections | undefined> {
  const stack = await findStack(devFolder(file));
  if (!stack) return undefined;
  const { databaseUrl, temporalAddress: address } = stack;
  return { databaseUrl, temporal: { address, namespace: 'default', taskQueue, connection: { address } }, stack };
}

/** `findConnections`. Throws ConfigInvalid when there are none. */
export async function requireConnections(file: string, environment: Environment): Promise<Connections> {
  const connections = await findConnections(file, environment);
  if (!connections) throw noConnections(environment);
  return connections;
}

export function noConnections(environment: Environment): OutflowError {
  return new OutflowError(
    'ConfigInvalid',
    `Nothing says where the engine's database is: OUTFLOW_DATABASE_URL is not set in ${environment.lookedIn}, and no \`outflow dev\` runs beside the file.`,
    'Set OUTFLOW_DATABASE_URL (and TEMPORAL_ADDRESS), or start `outflow dev` in that folder for servers on this machine.',
  );
}
