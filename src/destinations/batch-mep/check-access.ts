import type { OutflowError } from '../../activation/errors.js';
import { checkCredentials } from './check-credentials.js';
import { createBatchMepClient, type BatchMepClient, type BatchMepClientOptions } from './client.js';
import { noUsableAnswer, unauthorized } from '../../delivery/delivery-errors.js';

export interface AccessCheck extends BatchMepClientOptions {
  /** The destination's name, for messages. */
  destination: string;
  /** By app. */
  apiKeys: Record<string, string>;
}

/**
 * Asks Batch whether it takes the keys of each app, by calls that touch no contact. Returns what is wrong, in the order of
 * the apps: DestinationUnauthorized, or DestinationUnavailable where there was no usable answer. Throws ConfigInvalid as
 * createBatchMepClient does.
 */
export async function checkAccess({ destination, apiKeys, ...options }: AccessCheck): Promise<OutflowError[]> {
  const client = createBatchMepClient(options);
  try {
    const found = await Promise.all(
      Object.entries(apiKeys).map(([app, apiKey]) => checkApp(client, destination, app, apiKey)),
    );
    return found.filter((error) => error !== undefined);
  } finally {
    await client.close();
  }
}

async function checkApp(
  client: BatchMepClient,
  destination: string,
  app: string,
  apiKey: string,
): Promise<OutflowError | undefined> {
  const check = await checkCredentials(client, apiKey);
  switch (check.kind) {
    case 'accepted':
      return undefined;
    case 'refused':
      return unauthorized(destination, app, check);
    case 'unknown':
      return noUsableAnswer(destination, app, check.reason);
  }
}
