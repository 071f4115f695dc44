import type { DestinationDefinition, Definitions } from '../../activation/definitions.js';
import type { Environment } from '../../config/environment.js';
import { checkAccess } from '../../delivery/check-access.js';
import { concerning, faultOf, merged } from './findings.js';
import type { Findings } from './report.js';

/** Asks each destination whether it lets us in, by calls without effect. */
export async function checkDestinations(definitions: Definitions, environment: Environment): Promise<Findings> {
  const found = await Promise.all(
    Object.values(definitions.destinations).map(async (destination) =>
      concerning(
        Object.values(definitions.activations).filter((each) => each.destination === destination.name),
        await checkDestination(destination, environment),
      ),
    ),
  );
  return merged(found);
}

async function checkDestination(destination: DestinationDefinition, environment: Environment): Promise<Findings> {
  try {
    return merged((await checkAccess(destination, environment)).map(faultOf));
  } catch (error) {
    return faultOf(error);
  }
}
