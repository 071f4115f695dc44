import type { LoggedRequest } from '../../src/dev/stand-ins/batch-mep/request-log.js';

/** How many requests had a body that the same app had been sent before. */
export function sentTwice(requests: readonly LoggedRequest[]): number {
  const bodies = requests
    .filter(({ bodySha256 }) => bodySha256 !== null)
    .map(({ apiKey, bodySha256 }) => `${String(apiKey)} ${String(bodySha256)}`);
  return bodies.length - new Set(bodies).size;
}
