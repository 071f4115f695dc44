import { z } from 'zod';
import { isReference, referencesIn } from '../../schema/references.js';
import { entityName, says, secretReference } from '../../schema/shape.js';
import { isHttpUrl, withPlaceholders } from '../../schema/urls.js';
import { callsPerSecond, sendingSettings } from '../kit/sending-settings.js';

const MAX_CONTACTS_A_CALL = 10_000;

const urlRule = says(
  'must be an http(s) URL without credentials',
  'Leave it out for https://api.batch.com; a ${VAR} may stand in it.',
);

const url = z
  .string(urlRule)
  .refine((text) => isReference(text) || isHttpUrl(withPlaceholders(text)), urlRule)
  .transform((text) => (referencesIn(text).length > 0 ? text : text.replace(/\/+$/, '')));

const apiKeysRule = says(
  'must be a map of at least one app to its API key',
  'Write apiKeys: { ios: "${BATCH_IOS_KEY}", android: "${BATCH_ANDROID_KEY}" }.',
);

/** App name (ios, android, ...) to `${VAR}` reference; one call for each. */
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

/** `restKey` is the company's, valid for all its apps. Batch documents no limit of calls for this route. */
export const settings = {
  restKey: secretReference('key', 'BATCH_REST_KEY'),
  apiKeys,
  url: url.default('https://api.batch.com'),
  ...sendingSettings('Batch', MAX_CONTACTS_A_CALL),
  callsPerSecond: callsPerSecond(1),
};
