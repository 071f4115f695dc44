import type { DestinationDefinition, Definitions } from '../../activation/definitions.js';
import { OutflowError } from '../../activation/errors.js';
import type { Environment } from '../../config/environment.js';
import { batchKeys, destinationUrl } from '../../config/secrets.js';
import {
  checkCredentials,
  createBatchMepClient,
  unauthorized,
  type CredentialCheck,
} from '../../destinations/batch-mep/index.js';
import { faultOf, merged } from './findings.js';
import type { Findings } from './report.js';

/** Asks each destination whether it takes the keys of each app, by calls without effect. */
export async function checkDestinations(definitions: Definitions, environment: Environment): Promise<Findings> {
  const found = await Promise.all(
    Object.values(definitions.destinations).map((destination) => checkDestination(destination, environment)),
  );
  return merged(found);
}

async function checkDestination(destination: DestinationDefinition, environment: Environment): Promise<Findings> {
  try {
    const { restKey, apiKeys } = batchKeys(destination, environment);
    const url = destinationUrl(destination, environment);
    const client = createBatchMepClient({ url, restKey, requestTimeoutMs: destination.requestTimeoutMs });
    try {
      const found = await Promise.all(
        Object.entries(apiKeys).map(async ([app, apiKey]) =>
          findingsOf(destination, app, await checkCredentials(client, apiKey)),
        ),
      );
      return merged(found);
    } finally {
      await client.close();
    }
  } catch (error) {
    return faultOf(error);
  }
}

function findingsOf({ name }: DestinationDefinition, app: string, check: CredentialCheck): Findings {
  switch (check.kind) {
    case 'accepted':
      return {};
    case 'refused':
      return faultOf(unauthorized(name, app, check));
    case 'unknown':
      return faultOf(
        new OutflowError(
          'DestinationUnavailable',
          `Destination ${name} gives no usable answer for ${app}: ${check.reason}.`,
          `Check the url of destination ${name} and the network, or try again later.`,
        ),
      );
  }
}
