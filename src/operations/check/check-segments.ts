import { bindActivation } from '../../activities/bind-activation.js';
import type {
  ActivationDefinition,
  Definitions,
  SegmentDefinition,
  SourceDefinition,
} from '../../activation/definitions.js';
import type { InvalidRowReason } from '../../activation/rendering.js';
import type { Environment } from '../../config/environment.js';
import { openableSource } from '../../config/secrets.js';
import { withNewSession } from '../../sources/kept-sources.js';
import type { SourceSession } from '../../sources/source.js';
import { plural } from '../../text/words.js';
import { faultOf, merged } from './findings.js';
import { countInvalidIdentifiers } from './check-identifiers.js';
import type { CheckWarning, Findings } from './report.js';

/** Asks each source for its segments: their columns, and one pass over the identifiers of each. */
export async function checkSegments(definitions: Definitions, environment: Environment): Promise<Findings> {
  const found = await Promise.all(
    Object.values(definitions.sources).map((source) => checkSource(source, definitions, environment)),
  );
  return merged(found);
}

async function checkSource(
  source: SourceDefinition,
  definitions: Definitions,
  environment: Environment,
): Promise<Findings> {
  const connected: Connected = async (work) =>
    withNewSession(openableSource(source, environment), new AbortController().signal, work);
  try {
    await connected(() => Promise.resolve());
  } catch (error) {
    return faultOf(error);
  }
  const found: Findings[] = [];
  for (const segment of Object.values(definitions.segments)) {
    if (segment.source !== source.name) continue;
    const activations = Object.values(definitions.activations).filter((each) => each.segment === segment.name);
    found.push(await checkSegment(connected, segment, activations));
  }
  return merged(found);
}

type Connected = <T>(work: (session: SourceSession) => Promise<T>) => Promise<T>;

async function checkSegment(
  connected: Connected,
  segment: SegmentDefinition,
  activations: ActivationDefinition[],
): Promise<Findings> {
  const found: Findings[] = [];
  try {
    const columns = await connected((session) => session.describe(segment));
    for (const activation of activations) {
      try {
        bindActivation(activation, columns);
      } catch (error) {
        found.push(faultOf(error));
      }
    }
    const known = activations.filter(({ identifier }) => columns.some(({ name }) => name === identifier));
    for (const identifier of new Set(known.map((activation) => activation.identifier))) {
      const users = known.filter((activation) => activation.identifier === identifier);
      found.push(await connected((session) => checkIdentifiers(session, segment, identifier, users)));
    }
  } catch (error) {
    found.push(faultOf(error));
  }
  return merged(found);
}

async function checkIdentifiers(
  session: SourceSession,
  segment: SegmentDefinition,
  identifier: string,
  activations: ActivationDefinition[],
): Promise<Findings> {
  const extracted = (await session.begin()).read({ sql: segment.sql, identifier, fields: [] }, { order: 'identifier' });
  const counts = await countInvalidIdentifiers(extracted.rows);
  return {
    activations: activations.map(({ name }) => ({ activation: name, rows: extracted.rowsRead() })),
    warnings: activations.flatMap((activation) =>
      Object.entries(counts).map(([reason, rows]) => warning(activation, reason as InvalidRowReason, rows)),
    ),
  };
}

const conditions: Record<InvalidRowReason, string> = {
  null_identifier: 'is null',
  empty_identifier: 'is empty',
  duplicate_identifier: 'stands in several rows',
  identifier_too_long: 'is longer than Batch takes',
  identifier_reserved: 'is a word that Batch refuses, such as null or undefined',
};

function warning(
  { name, segment, identifier }: ActivationDefinition,
  reason: InvalidRowReason,
  rows: number,
): CheckWarning {
  return {
    code: reason,
    message: `Activation ${name} leaves out ${plural(rows, 'row')} of segment ${segment}, whose ${identifier} ${conditions[reason]}.`,
    remedy:
      reason === 'duplicate_identifier'
        ? 'Give each contact one row in the segment, for example with DISTINCT ON.'
        : 'Leave such rows out in the segment, or correct them in the source.',
    activation: name,
    rows,
  };
}
