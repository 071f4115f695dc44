import type {
  AttributeMapping,
  Definitions,
  DestinationDefinition,
  ScheduleRule,
} from '../../../src/activation/definitions.js';
import { defaultGuards, type GuardSettings } from '../../../src/activation/guards.js';
import { batchMepDefinition } from '../../support/batch-mep.js';
import { defaultSettings } from '../../support/default-settings.js';

/** An activation of a scenario, as far as it differs from the others. */
export interface ActivationSpec {
  /** Default: everything in the table that has the activation's name. */
  sql?: string;
  /** Default email. */
  identifier?: string;
  /** The name alone: the field of that name, as it is. */
  attributes: (string | (Partial<AttributeMapping> & { attribute: string }))[];
  previousName?: string;
  /** Gives it a destination of its own, with these settings. */
  destination?: Record<string, unknown>;
  /** Gives it this destination instead. */
  destinationDefinition?: DestinationDefinition;
  /** Of those that are not the default. */
  guards?: Partial<GuardSettings>;
  retryRejectedAfterMs?: number[];
  /** Default: by hand. */
  schedule?: ScheduleRule[];
  /** Of the source's URL; default SOURCE_URL. */
  sourceVariable?: string;
}

const app = batchMepDefinition({
  url: '${BATCH_URL}',
  chunkSize: 10,
  concurrency: 2,
  callsPerSecond: 'off',
  requestTimeout: 3_000,
});

/** Definitions of these activations: short chunks, no pace, and a deadline of requests that a test can wait for. */
export function definitionsOf(specs: Record<string, ActivationSpec>): Definitions {
  const definitions: Definitions = {
    sources: {},
    segments: {},
    destinations: { app },
    activations: {},
    alertChannels: {},
  };
  for (const [name, spec] of Object.entries(specs)) {
    const { identifier = 'email', sourceVariable: variable = 'SOURCE_URL' } = spec;
    const source = variable.toLowerCase();
    const destination = spec.destinationDefinition?.name ?? (spec.destination ? `${name}-app` : 'app');
    definitions.sources[source] = {
      name: source,
      type: 'postgres',
      settings: { url: `\${${variable}}` },
      concurrentReads: 4,
    };
    definitions.segments[name] = { name, source, sql: spec.sql ?? `select * from ${name}` };
    definitions.destinations[destination] = spec.destinationDefinition ?? {
      ...app,
      name: destination,
      settings: { ...app.settings, ...spec.destination },
    };
    definitions.activations[name] = {
      name,
      segment: name,
      destination,
      identifier,
      attributes: spec.attributes.map((each) => mappingOf(typeof each === 'string' ? { attribute: each } : each)),
      schedule: spec.schedule ?? [],
      sharedAttributes: true,
      ...defaultSettings(),
      ...(spec.guards && { guards: { ...defaultGuards, ...spec.guards } }),
      ...(spec.retryRejectedAfterMs && { retryRejectedAfterMs: spec.retryRejectedAfterMs }),
      ...(spec.previousName !== undefined && { previousName: spec.previousName }),
    };
  }
  return definitions;
}

function mappingOf(mapping: Partial<AttributeMapping> & { attribute: string }): AttributeMapping {
  return { field: mapping.attribute, onTooLong: 'leave-out', onNotFinite: 'leave-out', onNull: 'clear', ...mapping };
}
