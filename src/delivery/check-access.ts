import type { OutflowError } from '../activation/errors.js';
import type { DestinationDefinition } from '../activation/definitions.js';
import type { Environment } from '../config/environment.js';
import type { Probe } from '../destinations/destination.js';
import { noUsableAnswer, unauthorized } from './delivery-errors.js';
import { KeptDestinations, type ReachedDestination } from './kept-destinations.js';

/**
 * Asks the destination whether it lets us in, by calls that touch no contact. Returns what is wrong, in the order of its
 * probes: DestinationUnauthorized, or DestinationUnavailable where there was no usable answer. Throws SecretMissing and
 * ConfigInvalid. `mostMs`: for each call, where its own deadline is longer.
 */
export async function checkAccess(
  definition: DestinationDefinition,
  environment: Environment,
  mostMs = Infinity,
): Promise<OutflowError[]> {
  const kept = new KeptDestinations(environment);
  try {
    const reached = kept.reach(definition);
    const found = await Promise.all(reached.destination.probes.map((probe) => tryProbe(reached, probe, mostMs)));
    return found.filter((error) => error !== undefined);
  } finally {
    await kept.close();
  }
}

async function tryProbe(
  { name, service, send }: ReachedDestination,
  { target, call, judge }: Probe,
  mostMs: number,
): Promise<OutflowError | undefined> {
  const { body, ...rest } = call;
  const signal = mostMs === Infinity ? undefined : AbortSignal.timeout(mostMs);
  const answer = await send({ ...rest, ...(body !== undefined && { body: Buffer.from(body) }) }, signal).catch(
    (error: unknown) => {
      if (signal?.aborted) return { unanswered: 'timeout' };
      throw error;
    },
  );
  const verdict = 'unanswered' in answer ? { kind: 'unknown' as const, reason: answer.unanswered } : judge(answer);
  switch (verdict.kind) {
    case 'let in':
      return undefined;
    case 'unauthorized':
      return unauthorized({ name, service }, target.name, verdict);
    case 'unknown':
      return noUsableAnswer(name, target.name, verdict.reason);
  }
}
