import { request } from 'undici';
import type { Environment } from '../../config/environment.js';
import { networkFault } from '../../delivery/http/network-fault.js';
import { proxiedAgent } from '../../delivery/http/proxied-agent.js';
import { untilAborted } from '../../delivery/http/until-aborted.js';
import type { DeliveryFault } from './delivery-fault.js';

/** From connecting to the end of the answer. */
const DEADLINE_MS = 10_000;
/** The receiver has understood whom it talks to, and does not like the body. */
const ofMessage = new Set([400, 413, 415, 422]);

/** More of an answer is not read. */
const MAX_ANSWER_BYTES = 16 << 10;

interface Post {
  url: string;
  body: string;
  headers?: Record<string, string>;
  /** Tells if the body of a 2xx is the receiver's. */
  isTaken?: (answer: string) => boolean;
}

/**
 * Posts JSON. Anything but a 2xx is a fault, a redirect too, and so is a 2xx whose body is not the receiver's. Alerts are rare:
 * no connection is kept. `environment`: where proxies are named. Throws ConfigInvalid when one is not an address.
 */
export async function postJson(
  { url, body, headers = {}, isTaken = () => true }: Post,
  environment: Environment,
): Promise<DeliveryFault | undefined> {
  const agent = proxiedAgent(environment);
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  try {
    const posting = request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      body,
      dispatcher: agent,
      reset: true,
      signal: deadline,
    });
    const { statusCode, body: answer } = await untilAborted(posting, deadline);
    const text = await beginningOf(answer).catch(() => '');
    if (statusCode >= 200 && statusCode < 300) {
      return isTaken(text)
        ? undefined
        : { text: `HTTP ${statusCode}, not an answer of the receiver`, ofMessage: false };
    }
    return { text: `HTTP ${statusCode}`, ofMessage: ofMessage.has(statusCode) };
  } catch (error) {
    return { text: networkFault(error), ofMessage: false };
  } finally {
    await agent.destroy();
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
