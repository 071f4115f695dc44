import { cancellationSignal } from '@temporalio/activity';
import type { ActivationParts } from '../activation/activation-parts.js';
import { sourceUrl } from '../config/secrets.js';
import type { Source } from '../segment/source.js';
import { openSource } from '../segment/source.js';
import type { Dependencies } from './dependencies.js';

/** A cancellation ends the connection, and with it whatever the source does. */
export async function withSource<T>(
  { environment }: Dependencies,
  { source: definition }: ActivationParts,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const source = await openSource(definition.name, sourceUrl(definition, environment));
  const onCancel = (): void => void source.end().catch(() => undefined);
  cancellationSignal().addEventListener('abort', onCancel);
  try {
    return await work(source);
  } finally {
    cancellationSignal().removeEventListener('abort', onCancel);
    await source.end().catch(() => undefined);
  }
}
