import { Pool, type Dispatcher } from 'undici';
import { OutflowError } from '../../activation/errors.js';
import { answerOf, type Answer } from './answer.js';
import { networkFault } from '../../delivery/http/network-fault.js';
import { readToTheEnd } from '../../delivery/http/read-to-the-end.js';
import { startInTime } from '../../delivery/http/start-in-time.js';

export interface BatchMepClientOptions {
  /** Batch's address, for example https://api.batch.com */
  url: string;
  /** Key of the company, valid for all its apps. */
  restKey: string;
  /** Hard deadline of one request, from connecting to the end of the answer, milliseconds. */
  requestTimeoutMs: number;
}

export interface BatchMepClient {
  /**
   * Sends one body to one app (Live, Dev or SDK key). Answers with what became of it, also when nothing answered; only
   * an abort by `signal` rejects, with the signal's reason. Neither keys nor bodies are in what it gives back. Afterwards
   * nobody reads the body any more.
   */
  post(apiKey: string, body: Buffer, signal?: AbortSignal): Promise<Answer>;
  /** Ends the connections, after the requests under way. */
  close(): Promise<void>;
}

/** More of a refusal is not read: it holds a code and a type. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * A client for the custom data of Batch's Mobile Engagement Platform, with connections that are kept alive: one for
 * each destination and process. Throws ConfigInvalid for a REST key that no header can hold.
 */
export function createBatchMepClient({ url, restKey, requestTimeoutMs }: BatchMepClientOptions): BatchMepClient {
  if (!/^[\x21-\x7e]+$/.test(restKey)) {
    throw new OutflowError(
      'ConfigInvalid',
      'The REST key of the destination is empty or holds blanks, line ends or other characters that no key has.',
      'Check the variable that restKey refers to.',
    );
  }
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin);
  const inTime = pool.compose(startInTime(requestTimeoutMs));
  const headers = { 'content-type': 'application/json', 'x-authorization': restKey };

  return {
    async post(apiKey, body, signal) {
      const deadline = AbortSignal.timeout(requestTimeoutMs);
      try {
        const response = await inTime.request({
          method: 'POST',
          path: `${pathname.replace(/\/$/, '')}/1.0/${encodeURIComponent(apiKey)}/data/users`,
          headers: { ...headers, 'content-length': String(body.length) },
          body: readToTheEnd(body),
          signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        });
        const retryAfter = response.headers['retry-after'];
        const refusal = await readAnswer(response);
        return answerOf(response.statusCode, typeof retryAfter === 'string' ? retryAfter : undefined, refusal);
      } catch (error) {
        signal?.throwIfAborted();
        return { kind: 'unavailable', reason: networkFault(error) };
      }
    },
    close: () => pool.close(),
  };
}

/** The beginning of the body. One that breaks off or stalls takes nothing from what the status has said. */
async function readAnswer({ body }: Dispatcher.ResponseData): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) break;
    }
  } catch {
    return '';
  }
  return Buffer.concat(chunks).toString('utf8');
}
