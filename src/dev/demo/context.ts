import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { OutflowError } from '../../activation/errors.js';
import type { RunResult } from '../../activation/run.js';
import type { Engine } from '../../engine/database/database.js';
import type { Stack } from '../embedded/stack.js';
import type { BatchAccount } from './batch-account.js';
import type { Narrator } from './narrator.js';
import { runOutflow, type CommandEnd, type Surroundings } from './programs.js';
import type { Shop } from './shop.js';

/** Everything that runs, as the chapters of the demo use it. */
export interface DemoContext {
  narrator: Narrator;
  /** Aborted by Ctrl-C, and at the end: commands are killed by it. */
  signal: AbortSignal;
  surroundings: Surroundings;
  stack: Stack;
  account: BatchAccount;
  shop: Shop;
  /** To look at; what is changed is changed by commands. */
  engine: Engine;
  temporal: Client;
  worker: DemoWorker;
}

/** The one worker process there is; a chapter kills it. */
export interface DemoWorker {
  start(): Promise<void>;
  /** SIGKILL. Its process id. */
  kill(): Promise<number>;
}

/** A run as the demo's table shows it. */
export interface ToldRun {
  title: string;
  result: RunResult;
}

/**
 * Runs a command and shows it, without its output. What it says on stderr is part of the error that is thrown when it does
 * not exit with 0.
 */
export async function command(
  { narrator, surroundings }: Pick<DemoContext, 'narrator' | 'surroundings'>,
  args: string[],
  signal: AbortSignal,
): Promise<CommandEnd> {
  narrator.command(['npx', 'outflow', ...args.map(quoted)].join(' '));
  const end = await runOutflow(args, surroundings, signal);
  if (end.exitCode === 0) return end;
  throw new OutflowError(
    'Unexpected',
    `\`outflow ${args.join(' ')}\` ended with exit code ${end.exitCode}:\n${end.stderr}${end.stdout}`,
    `The logs of the demo are in ${surroundings.folder}.`,
  );
}

/** Waits until `found` gives something else than undefined or false, looking again every moment. */
export async function until<T>(
  found: () => Promise<T | undefined | false>,
  signal: AbortSignal,
  everyMs = 50,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const value = await found();
    if (value !== undefined && value !== false) return value;
    await sleep(everyMs);
  }
}

function quoted(argument: string): string {
  return /^[\w./:@=-]+$/.test(argument) ? argument : `'${argument}'`;
}
