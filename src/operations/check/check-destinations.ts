import type { DestinationDefinition, Definitions } from '../../activation/definitions.js';
import type { Environment } from '../../config/environment.js';
import { batchKeys, destinationUrl } from '../../config/secrets.js';
import { checkAccess } from '../../destinations/batch-mep/index.js';
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
  const { name, requestTimeoutMs } = destination;
  try {
    const keys = batchKeys(destination, environment);
    const url = destinationUrl(destination, environment);
    return merged((await checkAccess({ destination: name, url, requestTimeoutMs, ...keys })).map(faultOf));
  } catch (error) {
    return faultOf(error);
  }
}
