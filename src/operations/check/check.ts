import type { Actor } from '../../activation/actor.js';
import type { Definitions } from '../../activation/definitions.js';
import { readEnvironment, type Environment } from '../../config/environment.js';
import { pathText } from '../../config/faults.js';
import { loadDefinitions } from '../../config/load-definitions.js';
import { missingSecrets } from '../../config/secrets.js';
import { checkDestinations } from './check-destinations.js';
import { checkSegments } from './check-segments.js';
import { checkServers } from './check-servers.js';
import { chosenDefinitions } from './chosen-definitions.js';
import { endIncidents } from './end-incidents.js';
import { faultInFile, faultOf, merged } from './findings.js';
import type { StepsUnderWay } from './steps-under-way.js';
import { scheduleWarnings } from './schedule-warnings.js';
import type { CheckReport, CheckWarning, Findings } from './report.js';

/**
 * Checks a file of definitions and everything that it names: variables, sources, segments, destinations, and the servers
 * that its runs need; with names, what these activations stand on only. Finds all faults that do not hide each other.
 * `steps` says meanwhile what it is doing. Changes nothing but that it ends the automatic pauses of activations that it finds without fault.
 */
export async function checkFile(
  file: string,
  names: readonly string[],
  actor: Actor,
  steps: StepsUnderWay,
): Promise<CheckReport> {
  const environment = await readEnvironment(file, process.env);
  const servers = steps.during('asking the engine and Temporal', checkServers(file, environment));
  const { definitions, ...found } = await checkDefinitions(file, names, environment, steps);
  const all = merged([found, await servers]);
  all.warnings.push(...cutOffWarnings(all, environment));
  if (!definitions || all.faults.length > 0) return reportOf(all);
  const ended = endIncidents(file, environment, definitions, actor);
  return reportOf(merged([all, await steps.during('ending the pauses of what is well again', ended)]));
}

function reportOf({ recovered, faulty, activations, ...found }: Required<Findings>): CheckReport {
  return {
    ok: found.faults.length === 0,
    ...found,
    activations: activations.filter(({ activation }) => !faulty.includes(activation)),
    ...(recovered.length > 0 && { recovered }),
  };
}

/** Where a login is refused, the password may be one that was cut off. */
function cutOffWarnings({ faults }: Findings, { cutOff = [] }: Environment): CheckWarning[] {
  if (!faults?.some(({ category }) => category === 'access')) return [];
  return cutOff.map((variable) => ({
    code: 'unquoted_hash',
    message: `The value of ${variable} in .env ends at an unquoted #, where a comment begins.`,
    remedy: `If the # belongs to it, write ${variable}='...' in quotes.`,
  }));
}

/** `definitions`: those that were checked; absent when the file has none that can be. */
async function checkDefinitions(
  file: string,
  names: readonly string[],
  environment: Environment,
  steps: StepsUnderWay,
): Promise<Findings & { definitions?: Definitions }> {
  try {
    const loaded = await loadDefinitions(file, environment);
    const definitions = chosenDefinitions(loaded.definitions, names);
    const found = await Promise.all([
      checkSegments(definitions, environment, loaded, steps),
      checkDestinations(definitions, environment, steps),
    ]);
    const rest = merged([...found, { warnings: scheduleWarnings(definitions, new Date()) }]);
    // Named already, with the line of each.
    rest.faults = rest.faults.filter(({ code }) => code !== 'SecretMissing');
    const concerned = new Set(missingSecrets(definitions, environment).map(({ path }) => pathText(path)));
    const secretsMissing = loaded.secretsMissing.filter(({ path }) => concerned.has(path));
    return {
      definitions,
      ...merged([{ faults: secretsMissing.map((fault) => faultInFile('SecretMissing', fault)) }, rest]),
    };
  } catch (error) {
    return faultOf(error);
  }
}
