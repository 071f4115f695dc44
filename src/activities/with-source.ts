import { cancellationSignal } from '@temporalio/activity';
import type { ActivationParts } from '../activation/activation-parts.js';
import { sourceUrl } from '../config/secrets.js';
import type { Source } from '../sources/postgres/source.js';
import type { Dependencies } from './dependencies.js';

/**
 * Does `work` on a connection that may be left from an earlier run. A cancellation ends the connection, and with it whatever
 * the source does.
 */
export async function withSourceOf<T>(
  { source: definition }: ActivationParts,
  { environment, sources }: Dependencies,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  return sources.withSource(definition.name, sourceUrl(definition, environment), async (source) => {
    const onCancel = (): void => void source.end().catch(() => undefined);
    cancellationSignal().addEventListener('abort', onCancel);
    try {
      return await work(source);
    } finally {
      cancellationSignal().removeEventListener('abort', onCancel);
    }
  });
}
