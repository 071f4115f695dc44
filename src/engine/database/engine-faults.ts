import type pg from 'pg';
import { asEngineUnreachable } from './engine-unreachable.js';
import { asRightMissing } from './rights.js';

type Query = (...args: unknown[]) => unknown;

/**
 * Lets whatever a connection of the engine's fails with be an EngineUnreachable where it means that the database is away, or
 * that its role may not do what is asked.
 * Only the connection knows that it is the engine's: a source, a destination and Temporal fail with the same codes.
 */
export function nameEngineFaults(client: pg.ClientBase, where: string): void {
  // The types know the role of some kinds of clients only.
  const { user } = client as pg.ClientBase & { user?: string };
  const named = (error: Error): Error =>
    asEngineUnreachable(where, error) ?? asRightMissing(where, user, error) ?? error;
  const query = client.query.bind(client) as Query;
  const naming: Query = (...args) => {
    const [statement] = args;
    if (isSubmittable(statement)) {
      const handle = statement.handleError.bind(statement);
      statement.handleError = (error, ...others) => handle(named(error), ...others);
      return query(...args);
    }
    const last = args.at(-1);
    if (typeof last === 'function') {
      const done = last as (error: Error | null, ...results: unknown[]) => void;
      return query(...args.slice(0, -1), (error: Error | null, ...results: unknown[]) =>
        done(error && named(error), ...results),
      );
    }
    return (query(...args) as Promise<unknown>).catch((error: unknown) => {
      throw named(error as Error);
    });
  };
  client.query = naming as typeof client.query;
}

/** A statement with handlers of its own, such as a COPY. */
interface SubmittedStatement {
  submit: unknown;
  handleError(error: Error, ...others: unknown[]): void;
}

function isSubmittable(statement: unknown): statement is SubmittedStatement {
  return typeof statement === 'object' && statement !== null && 'submit' in statement && 'handleError' in statement;
}
