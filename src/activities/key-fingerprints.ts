import { createHmac } from 'node:crypto';

/**
 * App name to a fingerprint of where its contacts are: the address and the API key, hashed with the engine's id. A replaced
 * key is another app's contacts, of which nothing is known. The REST key is no part of it.
 */
export function keyFingerprints(
  engineId: string,
  url: string,
  apiKeys: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(apiKeys).map(([app, key]) => {
      const hash = createHmac('sha256', engineId).update(`${url}\n${key}`).digest('base64url');
      return [app, hash.slice(0, 22)];
    }),
  );
}
