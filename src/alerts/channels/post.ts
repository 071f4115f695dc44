import { request } from 'undici';
import { networkFault } from '../../delivery/http/network-fault.js';
import type { DeliveryFault } from './delivery-fault.js';

/** From connecting to the end of the answer. */
const DEADLINE_MS = 10_000;
/** The receiver has understood whom it talks to, and does not like the body. */
const ofMessage = new Set([400, 413, 415, 422]);

/** More of an answer is not read. */
const MAX_ANSWER_BYTES = 16 << 10;

/**
 * Posts JSON. Anything but a 2xx is a fault, a redirect too, and so is a 2xx whose body `isTaken` does not know as the
 * receiver's. Alerts are rare: no connection is kept.
 */
export async function postJson(
  url: string,
  body: string,
  headers: Record<string, string> = {},
  isTaken: (answer: string) => boolean = () => true,
): Promise<DeliveryFault | undefined> {
  try {
    const { statusCode, body: answer } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      body,
      reset: true,
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const text = await beginningOf(answer).catch(() => '');
    if (statusCode >= 200 && statusCode < 300) {
      return isTaken(text)
        ? undefined
        : { text: `HTTP ${statusCode}, not an answer of the receiver`, ofMessage: false };
    }
    return { text: `HTTP ${statusCode}`, ofMessage: ofMessage.has(statusCode) };
  } catch (error) {
    return { text: networkFault(error), ofMessage: false };
  }
}

async function beginningOf(answer: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(pieces).toString('utf8');
}
