import { request } from 'undici';
import type { Environment } from '../config/environment.js';
import { networkFault } from '../delivery/http/network-fault.js';
import { proxiedAgent } from '../delivery/http/proxied-agent.js';
import { untilAborted } from '../delivery/http/until-aborted.js';
import { startLoop, type WorkerLoop } from '../worker/loop.js';

export interface HeartbeatOptions {
  /** May hold a secret: it is in no line of the log. */
  url: string;
  /** Where proxies are named. */
  environment: Environment;
  /** Rejects, or does not resolve for long, where runs would not go on. */
  requireWell: () => Promise<unknown>;
  /** For a log. */
  report: (line: string) => void;
  /** Milliseconds. Default a minute. */
  everyMs?: number;
}

const EVERY_MS = 60_000;
const DEADLINE_MS = 10_000;

/**
 * A dead man's switch: calls the URL again and again as long as the worker is well. Where no call comes any more, whoever
 * watches for them raises the alarm, which nobody else could: alerts are sent by workers. Says once that calls fail.
 */
export function startHeartbeat({ everyMs = EVERY_MS, report, ...options }: HeartbeatOptions): WorkerLoop {
  let isFailing = false;
  return startLoop(everyMs, async (ended) => {
    if (!(await isWell(options.requireWell))) return;
    const fault = await call(options, ended);
    if (ended.aborted || (fault !== undefined) === isFailing) return;
    isFailing = fault !== undefined;
    report(isFailing ? `The heartbeat is not taken: ${fault}. It is tried again.` : 'The heartbeat is taken again.');
  });
}

async function isWell(requireWell: () => Promise<unknown>): Promise<boolean> {
  const tooLate = AbortSignal.timeout(DEADLINE_MS);
  return untilAborted(requireWell(), tooLate).then(
    () => true,
    () => false,
  );
}

/** What is wrong, if anything. */
async function call(
  { url, environment }: Pick<HeartbeatOptions, 'url' | 'environment'>,
  ended: AbortSignal,
): Promise<string | undefined> {
  const agent = proxiedAgent(environment);
  const signal = AbortSignal.any([ended, AbortSignal.timeout(DEADLINE_MS)]);
  try {
    const { statusCode, body } = await untilAborted(request(url, { signal, dispatcher: agent, reset: true }), signal);
    await body.dump();
    return statusCode >= 200 && statusCode < 300 ? undefined : `HTTP ${statusCode}`;
  } catch (error) {
    return networkFault(error);
  } finally {
    await agent.destroy();
  }
}
