import { readEnvironment, type Environment } from '../../config/environment.js';
import { loadDefinitions } from '../../config/load-definitions.js';
import { checkDestinations } from './check-destinations.js';
import { checkSegments } from './check-segments.js';
import { checkServers } from './check-servers.js';
import { faultInFile, faultOf, merged } from './findings.js';
import type { CheckReport, Findings } from './report.js';

/**
 * Checks a file of definitions and everything that it names: variables, sources, segments, destinations, and the servers
 * that its runs need. Changes nothing anywhere. Finds all faults that do not hide each other.
 */
export async function checkFile(file: string): Promise<CheckReport> {
  const environment = await readEnvironment(file, process.env);
  const servers = checkServers(file, environment);
  const found = await Promise.all([checkDefinitions(file, environment), servers]);
  const all = merged(found);
  return { ok: all.faults.length === 0, ...all };
}

async function checkDefinitions(file: string, environment: Environment): Promise<Findings> {
  try {
    const { definitions, secretsMissing } = await loadDefinitions(file, environment);
    const found = await Promise.all([
      checkSegments(definitions, environment),
      checkDestinations(definitions, environment),
    ]);
    const rest = merged(found);
    // Named already, with the line of each.
    rest.faults = rest.faults.filter(({ code }) => code !== 'SecretMissing');
    return merged([{ faults: secretsMissing.map((fault) => faultInFile('SecretMissing', fault)) }, rest]);
  } catch (error) {
    return faultOf(error);
  }
}
