#!/usr/bin/env node
import { CommanderError } from 'commander';
import { showFailure } from './failure.js';
import { outflow } from './program.js';

const USAGE_EXIT_CODE = 2;

// Who reads no more, such as head, has what was asked for.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await outflow().parseAsync();
} catch (error) {
  // Commander has said what is wrong.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  else process.exitCode = showFailure(error, process.argv.includes('--json'));
}
