import { z } from 'zod';
import { isReference, referencesIn } from './references.js';
import { choice, duration, entityName, says, section, twoLines, wholeNumber } from './shape.js';
import { isHttpUrl, withPlaceholders } from './urls.js';

const secretRule = 'must be a ${VAR} that holds the key, never the key itself';

function secretRemedy(variable: string): string {
  return `Write "\${${variable}}", and set that variable in the environment or in .env.`;
}

const restKeySays = says(secretRule, secretRemedy('BATCH_REST_KEY'));
const restKey = z.string(restKeySays).refine(isReference, restKeySays);

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
      if (typeof key === 'string' && isReference(key)) continue;
      const variable = `BATCH_${app.toUpperCase().replaceAll('-', '_')}_KEY`;
      ctx.addIssue({ code: 'custom', path: [app], message: twoLines(secretRule, secretRemedy(variable)) });
    }
    return keys as Record<string, string>;
  });

/** `destinations.<name>` */
export const destinationShape = section(
  {
    type: choice(['batch-mep'], 'Write type: batch-mep.'),
    restKey,
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
