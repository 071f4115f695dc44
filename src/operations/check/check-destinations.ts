import type { DestinationDefinition, Definitions } from '../../activation/definitions.js';
import type { Environment } from '../../config/environment.js';
import { checkAccess } from '../../delivery/check-access.js';
import { concerning, faultOf, merged } from './findings.js';
import type { Findings } from './report.js';
import type { StepsUnderWay } from './steps-under-way.js';

/** For each call. */
const MOST_MS = 30_000;

/** Asks each destination whether it lets us in, by calls without effect. */
export async function checkDestinations(
  definitions: Definitions,
  environment: Environment,
  steps: StepsUnderWay,
): Promise<Findings> {
  const found = await Promise.all(
    Object.values(definitions.destinations).map(async (destination) =>
      concerning(
        Object.values(definitions.activations).filter((each) => each.destination === destination.name),
        await steps.during(`asking destination ${destination.name}`, checkDestination(destination, environment)),
      ),
    ),
  );
  return merged(found);
}

async function checkDestination(destination: DestinationDefinition, environment: Environment): Promise<Findings> {
  try {
    return merged((await checkAccess(destination, environment, MOST_MS)).map(faultOf));
  } catch (error) {
    return faultOf(error);
  }
}
