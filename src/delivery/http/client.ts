import type { Dispatcher } from 'undici';
import type { Environment } from '../../config/environment.js';
import type { HttpAnswer } from '../../destinations/destination.js';
import { networkFault } from './network-fault.js';
import { proxiedAgent } from './proxied-agent.js';
import { readToTheEnd } from './read-to-the-end.js';
import { startInTime } from './start-in-time.js';
import { untilAborted } from './until-aborted.js';

/** A call with everything filled in. */
interface HttpCall {
  method: Dispatcher.HttpMethod;
  url: string;
  headers: Record<string, string>;
  body?: Buffer;
  /** Hard deadline, from connecting to the end of the answer, milliseconds. */
  timeoutMs: number;
}

/** `unanswered`: a short text of ours for what came in the answer's place. The call may have been applied. */
export type HttpOutcome = HttpAnswer | { unanswered: string };

/** Makes calls over connections that are kept alive: one for each process. */
export interface HttpClient {
  /**
   * Makes one call; redirects are not followed. Only an abort by `signal` rejects, with the signal's reason. Neither secrets
   * nor bodies are in the fault that it gives back. Afterwards nobody reads the body any more.
   */
  send(call: HttpCall, signal?: AbortSignal): Promise<HttpOutcome>;
  /** Ends the connections, after the calls under way. */
  close(): Promise<void>;
}

/** More of an answer is not read. */
const MAX_ANSWER_BYTES = 1 << 20;

/** `environment`: where proxies are named. Throws ConfigInvalid when one is not an address. */
export function createHttpClient(environment: Environment): HttpClient {
  const agent = proxiedAgent(environment);
  return {
    async send({ method, url, headers, body, timeoutMs }, signal) {
      const deadline = AbortSignal.timeout(timeoutMs);
      const until = signal ? AbortSignal.any([signal, deadline]) : deadline;
      try {
        const { origin, pathname, search } = new URL(url);
        const request = agent.compose(startInTime(timeoutMs)).request({
          method,
          origin,
          path: pathname + search,
          headers: body ? { ...headers, 'content-length': String(body.length) } : headers,
          body: body ? readToTheEnd(body) : null,
          signal: until,
        });
        const response = await untilAborted(request, until);
        return { status: response.statusCode, headers: response.headers, ...(await readAnswer(response)) };
      } catch (error) {
        signal?.throwIfAborted();
        return { unanswered: networkFault(error) };
      }
    },
    close: () => agent.close(),
  };
}

/** The beginning of the body. One that breaks off or stalls takes nothing from what the status of a refusal has said. */
async function readAnswer({ body }: Dispatcher.ResponseData): Promise<Pick<HttpAnswer, 'body' | 'isWhole'>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isWhole = true;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      isWhole = bytes <= MAX_ANSWER_BYTES;
      if (!isWhole) break;
    }
  } catch {
    isWhole = false;
  }
  return { body: Buffer.concat(chunks).toString('utf8'), isWhole };
}
