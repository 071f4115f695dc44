import type {
  ActivationDefinition,
  Definitions,
  DestinationDefinition,
  SegmentDefinition,
  SourceDefinition,
} from '../../activation/definitions.js';
import { OutflowError } from '../../activation/errors.js';
import type { InvalidRowReason } from '../../activation/rendering.js';
import type { Environment } from '../../config/environment.js';
import { openableSource } from '../../config/secrets.js';
import { bindActivation } from '../../destinations/bind-activation.js';
import { openDestination, typeOf } from '../../destinations/registry.js';
import { pathText } from '../../config/faults.js';
import type { LoadedDefinitions } from '../../config/load-definitions.js';
import { placeOf, QueryRefused } from '../../sources/query-refused.js';
import { withNewSession } from '../../sources/kept-sources.js';
import type { SourceSession } from '../../sources/source.js';
import { duration, plural } from '../../text/words.js';
import { concerning, faultOf, merged } from './findings.js';
import { countInvalidIdentifiers } from './check-identifiers.js';
import { IdentifierSpelling } from './identifier-spelling.js';
import type { CheckWarning, Findings } from './report.js';
import type { StepsUnderWay } from './steps-under-way.js';

/** Connecting, and describing a segment, which reads no rows. */
const SHORT_MS = 60_000;
/** One pass over the identifiers of a segment. */
const READING_MS = 15 * 60_000;

/** Asks each source for its segments: their columns, and one pass over the identifiers of each. */
export async function checkSegments(
  definitions: Definitions,
  environment: Environment,
  loaded: LoadedDefinitions,
  steps: StepsUnderWay,
): Promise<Findings> {
  const found = await Promise.all(
    Object.values(definitions.sources).map((source) => checkSource(source, definitions, environment, loaded, steps)),
  );
  return merged(found);
}

async function checkSource(
  source: SourceDefinition,
  definitions: Definitions,
  environment: Environment,
  loaded: LoadedDefinitions,
  steps: StepsUnderWay,
): Promise<Findings> {
  const connected: Connected = async (what, mostMs, work) => {
    const tooLate = AbortSignal.timeout(mostMs);
    try {
      return await steps.during(what, withNewSession(openableSource(source, environment), tooLate, work));
    } catch (error) {
      throw tooLate.aborted ? tookTooLong(source, what, mostMs) : error;
    }
  };
  try {
    await connected(`connecting to source ${source.name}`, SHORT_MS, () => Promise.resolve());
  } catch (error) {
    return faultOf(error);
  }
  const found: Findings[] = [];
  for (const segment of Object.values(definitions.segments)) {
    if (segment.source !== source.name) continue;
    const activations = Object.values(definitions.activations).filter((each) => each.segment === segment.name);
    found.push(await checkSegment(connected, segment, activations, definitions.destinations, loaded));
  }
  return merged(found);
}

/** Does some work in a session of its own, for at most so long. */
type Connected = <T>(what: string, mostMs: number, work: (session: SourceSession) => Promise<T>) => Promise<T>;

function tookTooLong({ name }: SourceDefinition, what: string, mostMs: number): OutflowError {
  return new OutflowError(
    'SourceEndedQuery',
    `Source ${name}: ${what} took longer than ${duration(mostMs)}, and was given up.`,
    'See what the source does meanwhile: a lock that is waited for, or a query without a fitting index.',
    'time_out',
  );
}

async function checkSegment(
  connected: Connected,
  segment: SegmentDefinition,
  activations: ActivationDefinition[],
  destinations: Definitions['destinations'],
  loaded: LoadedDefinitions,
): Promise<Findings> {
  const found: Findings[] = [];
  try {
    const columns = await connected(`describing segment ${segment.name}`, SHORT_MS, (session) =>
      session.describe(segment),
    );
    for (const activation of activations) {
      try {
        bindActivation(activation, openDestination(destinations[activation.destination]!), columns);
      } catch (error) {
        found.push(concerning([activation], faultOf(error)));
      }
    }
    const known = activations.filter(({ identifier }) => columns.some(({ name }) => name === identifier));
    for (const users of sharingIdentifiers(known, destinations)) {
      const destination = destinations[users[0]!.destination]!;
      const counting = (session: SourceSession) => checkIdentifiers(session, segment, destination, users);
      found.push(await connected(`reading segment ${segment.name}`, READING_MS, counting));
    }
  } catch (error) {
    const fault = error instanceof QueryRefused ? refusalInFile(error, segment, loaded) : faultOf(error);
    found.push(concerning(activations, fault));
  }
  return merged(found);
}

/** The place in the file, and the line of the query with a mark below the place: only here, since a query may hold values. */
function refusalInFile(error: QueryRefused, { name, sql }: SegmentDefinition, loaded: LoadedDefinitions): Findings {
  const path = ['segments', name, 'sql'];
  const { line, column, text } = placeOf(sql, error.offset);
  const mark = `${text}\n${' '.repeat(column - 1)}^`;
  // A query of several lines begins below its key.
  const fileLine = loaded.lineOf(path) + (sql.includes('\n') ? line : 0);
  const report = error.report();
  return {
    faults: [
      { ...report, message: `${report.message}\n${mark}`, file: loaded.file, line: fileLine, path: pathText(path) },
    ],
  };
}

/** Activations whose identifiers are looked through once: the same field, for the same type of destination. */
function sharingIdentifiers(
  activations: ActivationDefinition[],
  destinations: Definitions['destinations'],
): Iterable<ActivationDefinition[]> {
  const groups = new Map<string, ActivationDefinition[]>();
  for (const activation of activations) {
    const group = JSON.stringify([activation.identifier, destinations[activation.destination]!.type]);
    groups.set(group, [...(groups.get(group) ?? []), activation]);
  }
  return groups.values();
}

async function checkIdentifiers(
  session: SourceSession,
  segment: SegmentDefinition,
  destination: DestinationDefinition,
  activations: ActivationDefinition[],
): Promise<Findings> {
  const { identifier } = activations[0]!;
  const extracted = (await session.begin()).read({ sql: segment.sql, identifier, fields: [] }, { order: 'identifier' });
  const spelling = new IdentifierSpelling();
  const counts = await countInvalidIdentifiers(extracted.rows, openDestination(destination).identifier, spelling);
  const misspelt = spelling.found();
  const { service } = typeOf(destination);
  return {
    activations: activations.map(({ name }) => ({ activation: name, rows: extracted.rowsRead() })),
    warnings: activations.flatMap((activation) => [
      ...Object.entries(counts).map(([reason, rows]) =>
        warning(activation, conditions(service)[reason as InvalidRowReason], reason as InvalidRowReason, rows),
      ),
      ...(misspelt ? [spellingWarning(activation, misspelt)] : []),
    ]),
  };
}

function spellingWarning(
  { name, segment, identifier }: ActivationDefinition,
  { rows, text }: { rows: number; text: string },
): CheckWarning {
  return {
    code: 'identifier_spelling',
    message: `Activation ${name} sends the ${identifier} of segment ${segment} as it stands: ${text}.`,
    remedy: `If that is not how the destination knows them, write for example lower(trim(${identifier})) in the segment.`,
    activation: name,
    rows,
  };
}

const conditions = (service: string): Record<InvalidRowReason, string> => ({
  null_identifier: 'is null',
  empty_identifier: 'is empty',
  duplicate_identifier: 'stands in several rows',
  identifier_too_long: `is longer than ${service} takes`,
  identifier_reserved: `is a word that ${service} refuses, such as null or undefined`,
});

function warning(
  { name, segment, identifier }: ActivationDefinition,
  condition: string,
  reason: InvalidRowReason,
  rows: number,
): CheckWarning {
  return {
    code: reason,
    message: `Activation ${name} leaves out ${plural(rows, 'row')} of segment ${segment}, whose ${identifier} ${condition}.`,
    remedy:
      reason === 'duplicate_identifier'
        ? 'Give each contact one row in the segment, for example with DISTINCT ON.'
        : 'Leave such rows out in the segment, or correct them in the source.',
    activation: name,
    rows,
  };
}
