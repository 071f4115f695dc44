import { randomUUID } from 'node:crypto';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { inject } from 'vitest';

/** A database of its own for a test, on the PostgreSQL that all tests share. */
export interface FreshDatabase {
  name: string;
  url: string;
  /** Ends the sessions that are still open, too. */
  drop(): Promise<void>;
}

/** Creates an empty database; with `template`, a copy of that database (which nobody may be connected to). */
export async function freshDatabase(template = 'template1'): Promise<FreshDatabase> {
  const server = await shared('postgres');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await runOnce(server, `create database ${name} template ${pg.escapeIdentifier(template)}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { name, url: url.href, drop: () => runOnce(server, `drop database if exists ${name} with (force)`) };
}

/** A migrated database of an engine of its own: a copy of one that is made once for all test files. */
export async function freshEngineDatabase(): Promise<FreshDatabase> {
  const database = await freshDatabase(await shared('engine-template'));
  await runOnce(database.url, 'update outflow.engine set engine_id = default');
  return database;
}

/** host:port of the Temporal server that all tests share: use task queues, workflow ids and schedule ids of your own. */
export function temporalAddress(): Promise<string> {
  return shared('temporal');
}

/** A connection to it; close it. */
export async function temporalConnection(): Promise<Connection> {
  return Connection.connect({ address: await temporalAddress() });
}

/** The path of Temporal's CLI. */
export function temporalCli(): Promise<string> {
  return shared('temporal-cli');
}

/** The path of dist/, built from the present sources: for tests that run the commands, the worker or the workflows. */
export function builtDist(): Promise<string> {
  return shared('build');
}

async function runOnce(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Asks the global setup for something that all test files share, and waits until it is there. */
async function shared(name: 'postgres' | 'engine-template' | 'temporal' | 'temporal-cli' | 'build'): Promise<string> {
  const response = await fetch(`${inject('sharedUrl')}/${name}`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
