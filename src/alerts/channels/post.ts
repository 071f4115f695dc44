import { request } from 'undici';
import { networkFault } from '../../delivery/http/network-fault.js';
import type { DeliveryFault } from './delivery-fault.js';

/** From connecting to the end of the answer. */
const DEADLINE_MS = 10_000;
/** The receiver has understood whom it talks to, and does not like the body. */
const ofMessage = new Set([400, 413, 415, 422]);

/** A POST of JSON; anything but a 2xx is a fault, a redirect too. Alerts are rare: no connection is kept. */
export async function postJson(
  url: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<DeliveryFault | undefined> {
  try {
    const { statusCode, body: answer } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      body,
      reset: true,
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    // What it says after its status changes nothing.
    await answer.dump().catch(() => undefined);
    if (statusCode >= 200 && statusCode < 300) return undefined;
    return { text: `HTTP ${statusCode}`, ofMessage: ofMessage.has(statusCode) };
  } catch (error) {
    return { text: networkFault(error), ofMessage: false };
  }
}
