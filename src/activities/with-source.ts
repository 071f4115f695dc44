import { cancellationSignal } from '@temporalio/activity';
import type { ActivationParts } from '../activation/activation-parts.js';
import { openableSource } from '../config/secrets.js';
import type { SourceSession } from '../sources/source.js';
import type { Dependencies } from './dependencies.js';

/**
 * Does `work` on a connection that may be left from an earlier run. A cancellation ends the connection, and with it whatever
 * the source does.
 */
export async function withSourceOf<T>(
  { source }: ActivationParts,
  { environment, sources }: Dependencies,
  work: (session: SourceSession) => Promise<T>,
): Promise<T> {
  return sources.withSession(openableSource(source, environment), cancellationSignal(), work);
}
