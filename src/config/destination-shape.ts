import { z } from 'zod';
import { isReference, referencesIn } from '../schema/references.js';
import { choice, duration, entityName, says, secretReference, section, wholeNumber } from '../schema/shape.js';
import { isHttpUrl, withPlaceholders } from '../schema/urls.js';

const urlRule = says(
  'must be an http(s) URL without credentials',
  'Leave it out for https://api.batch.com; a ${VAR} may stand in it.',
);

const url = z
  .string(urlRule)
  .refine((text) => isReference(text) || isHttpUrl(withPlaceholders(text)), urlRule)
  .transform((text) => (referencesIn(text).length > 0 ? text : text.replace(/\/+$/, '')));

const paceRule = says('must be a number above 0, or off', 'Leave it out for 1 call a second for each API key.');

const callsPerSecond = z.union([z.number(paceRule).positive(paceRule), z.literal('off'), z.literal(false)], paceRule);

const apiKeysRule = says(
  'must be a map of at least one app to its API key',
  'Write apiKeys: { ios: "${BATCH_IOS_KEY}", android: "${BATCH_ANDROID_KEY}" }.',
);

const apiKeys = z
  .record(entityName('ios'), z.unknown(), apiKeysRule)
  .refine((keys) => Object.keys(keys).length > 0, apiKeysRule)
  .transform((keys, ctx) => {
    for (const [app, key] of Object.entries(keys)) {
      const variable = `BATCH_${app.toUpperCase().replaceAll('-', '_')}_KEY`;
      const fault = secretReference('key', variable).safeParse(key).error?.issues[0];
      if (fault) ctx.addIssue({ code: 'custom', path: [app], message: fault.message });
    }
    return keys as Record<string, string>;
  });

/** `destinations.<name>` */
export const destinationShape = section(
  {
    type: choice(['batch-mep'], 'Write type: batch-mep.'),
    restKey: secretReference('key', 'BATCH_REST_KEY'),
    apiKeys,
    url: url.default('https://api.batch.com'),
    chunkSize: wholeNumber(1, 10_000, 'Batch takes at most 10000 contacts a call; leave it out for 10000.').default(
      10_000,
    ),
    concurrency: wholeNumber(1, 50, 'It counts chunks under way at once; leave it out for 4.').default(4),
    callsPerSecond: callsPerSecond.transform((pace) => (pace === false ? ('off' as const) : pace)).default(1),
    maxRejectedPerChunk: wholeNumber(
      0,
      10_000,
      'A chunk with more refused contacts fails its run; leave it out for 100.',
    ).default(100),
    requestTimeout: duration('1s', '2m', '30s').default(30_000),
  },
  'Write { type: batch-mep, restKey: ..., apiKeys: ... }.',
).transform(({ requestTimeout, ...rest }) => ({ ...rest, requestTimeoutMs: requestTimeout }));
