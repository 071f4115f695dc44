import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { ApplicationFailure, CancelledFailure, activityInfo, cancellationSignal } from '@temporalio/activity';
import { OutflowError } from '../activation/errors.js';
import type { Engine } from '../engine/database/database.js';
import { asUnexpected } from '../engine/database/unexpected.js';

/** A fault that we do not know is tried again only so often: most do not heal. */
const UNEXPECTED_ATTEMPTS = 5;

/**
 * The only way of a failure out of a step. What leaves was built by us: a code, a message and a remedy, without cause and
 * stack. The text of anything else stays in the engine's database, under a reference.
 */
export function failureInterceptor(engine: Engine): ActivityInterceptorsFactory {
  return () => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          if (error instanceof CancelledFailure || cancellationSignal().aborted)
            throw new CancelledFailure('withdrawn');
          throw error instanceof OutflowError
            ? failureOf(error, !error.retryable)
            : await unexpected(engine, input.args, error);
        }
      },
    },
  });
}

async function unexpected(engine: Engine, args: unknown[], error: unknown): Promise<ApplicationFailure> {
  const failure = await asUnexpected(engine, runIdOf(args), error);
  return failureOf(failure, activityInfo().attempt >= UNEXPECTED_ATTEMPTS);
}

function failureOf(error: OutflowError, nonRetryable: boolean): ApplicationFailure {
  const failure = ApplicationFailure.create({
    type: error.code,
    message: `${error.message} ${error.remedy}`,
    nonRetryable,
    details: [error.report()],
  });
  failure.stack = '';
  return failure;
}

/** Steps get a run, or an object that has one. */
function runIdOf([input]: unknown[]): number | null {
  const { run, runId } = (input ?? {}) as { run?: { runId?: number }; runId?: number };
  return run?.runId ?? runId ?? null;
}
