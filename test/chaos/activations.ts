import type { Definitions } from '../../src/activation/definitions.js';
import { parseDefinitions } from '../../src/config/parse-definitions.js';
import { apiKeyOf, apps, restKey } from './batch.js';

/** An attribute that an activation sends. */
export interface Attribute {
  attribute: string;
  field: string;
  type?: 'string';
  /** Its key at Batch. */
  key: string;
  /** SQL: what Batch must hold of it, as jsonb; null: nothing. */
  expected: string;
  /** What Batch must hold of it, from the text that the snapshot has of a column of this PostgreSQL type. */
  fromText: (text: string, type: string) => unknown;
}

function text(field: string): Attribute {
  return { attribute: field, field, key: `u.${field}`, expected: `to_jsonb(${field})`, fromText: (value) => value };
}

/** Of a column that is text now and then. */
function number(field: string): Attribute {
  return { ...text(field), fromText: (value, type) => (type === 'text' ? value : Number(value)) };
}

function numberAsText(field: string): Attribute {
  return { ...text(field), type: 'string', expected: `to_jsonb(${field}::text)` };
}

function tags(field: string, attribute = field): Attribute {
  return {
    attribute,
    field,
    key: `ut.${attribute}`,
    expected: `to_jsonb(${field})`,
    fromText: (value) => value.slice(1, -1).split(','),
  };
}

const seenAt: Attribute = {
  attribute: 'seen_at',
  field: 'seen_at',
  key: 'date(u.seen_at)',
  expected: `to_jsonb(to_char(seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'))`,
  fromText: (value) => value.slice(0, 19).replace(' ', 'T'),
};

const active: Attribute = { ...text('active'), fromText: (value) => value === 't' };

interface ActivationOfChaos {
  identifier: 'email' | 'external_id';
  /** Rows of the table `contact` that are in its segment. */
  where: string;
  /** A map of attributes that is applied instead of another, now and then. */
  mappings: readonly (readonly Attribute[])[];
  /** Those that are not the default. */
  guards: object;
}

/** They send to the same contacts, or to others in the same apps, and never the same attribute. */
export const activations = {
  loyalty: {
    identifier: 'email',
    where: 'opted_in and pass(n)',
    mappings: [
      [text('tier'), text('plan'), number('score'), active],
      [text('tier'), text('plan'), numberAsText('score'), active],
      [text('tier'), text('plan'), active],
    ],
    guards: {},
  },
  profile: {
    identifier: 'external_id',
    where: 'true',
    mappings: [
      [text('city'), text('color'), seenAt, tags('likes')],
      [text('city'), text('color'), seenAt, tags('likes', 'favourites')],
      [text('city'), text('color'), seenAt],
    ],
    guards: {},
  },
  guarded: {
    identifier: 'email',
    where: 'n % 2 = 0',
    mappings: [
      [text('note'), text('shape'), number('points')],
      [text('note'), text('shape'), numberAsText('points')],
    ],
    guards: { changed: '60%' },
  },
} as const satisfies Record<string, ActivationOfChaos>;

export type ActivationName = keyof typeof activations;

export const activationNames = Object.keys(activations) as ActivationName[];

/** Which of its mappings each activation has. */
export type Mappings = Record<ActivationName, number>;

export function attributesOf(name: ActivationName, mappings: Mappings): readonly Attribute[] {
  return activations[name].mappings[mappings[name]]!;
}

/** A request is given up after it, and a run that takes over waits about as long: short, so that a minute holds many. */
export const requestTimeoutMs = 2_000;

export function definitionsOf(mappings: Mappings): Definitions {
  return parseDefinitions('outflow.yaml', yamlOf(mappings)).definitions;
}

/** outflow.yaml. JSON is YAML. */
export function yamlOf(mappings: Mappings): string {
  const apiKeys = Object.fromEntries(apps.map((app) => [app, `\${BATCH_${app.toUpperCase()}_KEY}`]));
  const app = {
    type: 'batch-mep',
    restKey: '${BATCH_REST_KEY}',
    apiKeys,
    url: '${BATCH_URL}',
    requestTimeout: `${requestTimeoutMs / 1000}s`,
  };
  const entries = activationNames.map((name) => [name, activations[name]] as const);
  return JSON.stringify({
    sources: { warehouse: { type: 'postgres', url: '${SOURCE_URL}' } },
    segments: Object.fromEntries(
      entries.map(([name, { where }]) => [name, { source: 'warehouse', sql: `select * from contact where ${where}` }]),
    ),
    destinations: {
      app: { ...app, chunkSize: 20, concurrency: 3, callsPerSecond: 'off' },
      paced: { ...app, chunkSize: 50, concurrency: 2, callsPerSecond: 20 },
    },
    activations: Object.fromEntries(
      entries.map(([name, { identifier, guards }]) => [
        name,
        {
          segment: name,
          destination: name === 'guarded' ? 'paced' : 'app',
          identifier,
          attributes: Object.fromEntries(
            attributesOf(name, mappings).map(({ attribute, field, type }) => [attribute, { field, type }]),
          ),
          guards,
          ...(name === 'loyalty' && { retryRejected: ['next-run'] }),
        },
      ]),
    ),
  });
}

/** The secrets that outflow.yaml refers to. */
export const secrets: Record<string, string> = {
  BATCH_REST_KEY: restKey,
  ...Object.fromEntries(apps.map((app) => [`BATCH_${app.toUpperCase()}_KEY`, apiKeyOf(app)])),
};
