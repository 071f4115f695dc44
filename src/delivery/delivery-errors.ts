import { OutflowError } from '../activation/errors.js';
import { describeRefusal, type Refusal } from '../destinations/batch-mep/answer.js';
import type { RefusedContact } from './delivery-progress.js';

/** The account or its address is wrong: no contact is to blame. */
export function unauthorized(destination: string, app: string, refusal: Refusal): OutflowError {
  return new OutflowError(
    'DestinationUnauthorized',
    `Batch refuses the access of destination "${destination}" for ${app}: ${describeRefusal(refusal)}.`,
    unauthorizedRemedy(app, refusal.status),
    refusal.status === 404 ? 'not_found' : 'access',
  );
}

/** The destination was only asked whether it takes its keys. `reason`: a short text of ours. */
export function noUsableAnswer(destination: string, app: string, reason: string): OutflowError {
  return new OutflowError(
    'DestinationUnavailable',
    `Destination ${destination} gives no usable answer for ${app}: ${reason}.`,
    `Check the url of destination ${destination} and the network, or try again later.`,
    reason === 'http 429' ? 'rate_limit' : 'connection',
  );
}

function unauthorizedRemedy(app: string, status: number): string {
  const afterwards = 'Workers take new values when they are started again; then `outflow check`.';
  if (status === 401) return `Correct the values of restKey and apiKeys.${app}. ${afterwards}`;
  if (status === 403)
    return 'Ask Batch to make the Custom Data API part of the plan of this app; then `outflow check`.';
  return `Correct the destination's url or the value of apiKeys.${app}. ${afterwards}`;
}

/** Splitting stopped because single contacts are refused wherever one looks. */
export function everyProbeRefused(
  destination: string,
  app: string,
  refused: readonly RefusedContact[],
  attributesOf: (row: number) => string[],
): OutflowError {
  return new OutflowError(
    'DestinationRejected',
    `Batch refused each of ${refused.length} contacts that were sent alone (${where(destination, app, refused)}). ` +
      inCommon(refused, attributesOf),
    'Compare the types and values of these attributes with what Batch holds under their names; then run again.',
  );
}

/** Splitting stopped because the chunk has more refused contacts than the destination's setting allows. */
export function tooManyRefused(
  destination: string,
  app: string,
  refused: readonly RefusedContact[],
  attributesOf: (row: number) => string[],
): OutflowError {
  return new OutflowError(
    'DestinationRejected',
    `Batch refused ${refused.length} contacts of one chunk, more than maxRejectedPerChunk allows ` +
      `(${where(destination, app, refused)}). ${inCommon(refused, attributesOf)}`,
    'Correct these contacts in the segment, or raise maxRejectedPerChunk of the destination; then run again.',
  );
}

function where(destination: string, app: string, refused: readonly RefusedContact[]): string {
  return `destination "${destination}", ${app}: ${describeRefusal(refused.at(-1)!)}`;
}

function inCommon(refused: readonly RefusedContact[], attributesOf: (row: number) => string[]): string {
  const [first, ...others] = refused.map(({ row }) => new Set(attributesOf(row)));
  const shared = [...first!].filter((attribute) => others.every((other) => other.has(attribute)));
  return shared.length === 0
    ? 'They have no attribute in common.'
    : `All of them carry the attribute${shared.length > 1 ? 's' : ''} ${shared.join(', ')}.`;
}
