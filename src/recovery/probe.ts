import { activationParts } from '../activation/activation-parts.js';
import type { Culprit } from '../activation/culprit.js';
import type {
  Definitions,
  DestinationDefinition,
  SegmentDefinition,
  SourceDefinition,
} from '../activation/definitions.js';
import { type ErrorCode, OutflowError } from '../activation/errors.js';
import type { Environment } from '../config/environment.js';
import { openableSource } from '../config/secrets.js';
import { checkAccess } from '../delivery/check-access.js';
import { bindActivation } from '../destinations/bind-activation.js';
import { openDestination } from '../destinations/registry.js';
import { withNewSession } from '../sources/kept-sources.js';
import type { SourceSession } from '../sources/source.js';

/** A probe of a source that takes longer, once it has let us in, counts as unanswered: its step has half a minute in all. */
const SOURCE_DEADLINE_MS = 15_000;
const REQUEST_DEADLINE_MS = 15_000;

/**
 * Tries whether the culprit is well again, without reading a row and without touching a contact. Throws an OutflowError
 * that says why not. `activations`: those that it keeps paused; they stand in the definitions.
 */
export async function probe(
  culprit: Culprit,
  activations: readonly string[],
  definitions: Definitions,
  environment: Environment,
): Promise<void> {
  const parts = activations.map((name) => activationParts(definitions, name));
  const { segment, source, destination } = parts[0]!;
  switch (culprit.kind) {
    case 'source':
      return probeSource(source, new Set(parts.map((each) => each.segment)), environment);
    case 'segment':
      return withSourceInTime(source, environment, async (session) => {
        await session.describe(segment);
        await session.probe(segment);
      });
    case 'activation':
      return withSourceInTime(source, environment, async (session) => {
        bindActivation(parts[0]!.activation, openDestination(destination), await session.describe(segment));
      });
    case 'destination':
      return probeDestination(destination, environment);
  }
}

/** A source that refuses a query answers: that the segment is at fault, its next run will say. */
async function probeSource(
  definition: SourceDefinition,
  segments: Iterable<SegmentDefinition>,
  environment: Environment,
): Promise<void> {
  await withSourceInTime(definition, environment, async (source) => {
    for (const segment of segments) {
      try {
        await source.describe(segment);
      } catch (error) {
        if (!(error instanceof OutflowError && answers.includes(error.code))) throw error;
      }
    }
  });
}

const answers: ErrorCode[] = ['SourceRejectedQuery', 'SourceInterrupted', 'SourceEndedQuery', 'SegmentInvalid'];

/** A server that has vanished, or a locked table, would keep it waiting without end. */
async function withSourceInTime(
  definition: SourceDefinition,
  environment: Environment,
  work: (session: SourceSession) => Promise<void>,
): Promise<void> {
  const inTime = new AbortController();
  await withNewSession(openableSource(definition, environment), inTime.signal, async (session) => {
    const deadline = setTimeout(() => inTime.abort(), SOURCE_DEADLINE_MS);
    try {
      await work(session);
    } finally {
      clearTimeout(deadline);
    }
  });
}

async function probeDestination(definition: DestinationDefinition, environment: Environment): Promise<void> {
  const [fault] = await checkAccess(definition, environment, REQUEST_DEADLINE_MS);
  if (fault) throw fault;
}
