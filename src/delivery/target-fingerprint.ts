import { createHmac } from 'node:crypto';
import type { DestinationSecrets } from '../config/secrets.js';
import type { Identity } from '../destinations/destination.js';

/**
 * Names a place at a destination without being its address or a key: both, hashed with the engine's id. Another key is
 * another account's contacts, of which nothing is known.
 */
export function identityFingerprint(
  engineId: string,
  { base, account }: Identity,
  secrets: DestinationSecrets,
): string {
  const address = secrets.url(base, '').replace(/\/+$/, '');
  const hash = createHmac('sha256', engineId)
    .update(`${address}\n${secrets.text(account)}`)
    .digest('base64url');
  return hash.slice(0, 22);
}
