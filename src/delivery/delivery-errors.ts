import { OutflowError } from '../activation/errors.js';
import type { Refusal } from '../destinations/destination.js';
import type { RefusedContact } from './delivery-progress.js';

/** A destination as messages name it: its name in the definitions, and the name of its service. */
export interface Named {
  name: string;
  service: string;
}

/** The account or its address is wrong: no contact is to blame. */
export function unauthorized(
  { name, service }: Named,
  target: string,
  { refusal, remedy }: { refusal: Refusal; remedy: string },
): OutflowError {
  return new OutflowError(
    'DestinationUnauthorized',
    `${service} refuses the access of destination "${name}" for ${target}: ${describeRefusal(refusal)}.`,
    remedy,
    refusal.status === 404 ? 'not_found' : 'access',
  );
}

/** `HTTP 400, MALFORMED_PARAMETER 31` */
function describeRefusal({ status, code }: Refusal): string {
  return [`HTTP ${status}`, ...(code === undefined ? [] : [code])].join(', ');
}

/** The destination was only asked whether it takes its keys. `reason`: a short text of ours. */
export function noUsableAnswer(destination: string, target: string, reason: string): OutflowError {
  return new OutflowError(
    'DestinationUnavailable',
    `Destination ${destination} gives no usable answer for ${target}: ${reason}.`,
    `Check the url of destination ${destination} and the network, or try again later.`,
    reason === 'http 429' ? 'rate_limit' : 'connection',
  );
}

/** Splitting stopped because single contacts are refused wherever one looks. */
export function everyProbeRefused(
  destination: Named,
  target: string,
  refused: readonly RefusedContact[],
  attributesOf: (contact: RefusedContact) => string[],
): OutflowError {
  return new OutflowError(
    'DestinationRejected',
    `${destination.service} refused each of ${contactsIn(refused)} contacts that were sent alone (${where(destination, target, refused)}). ` +
      inCommon(refused, attributesOf),
    `Compare the types and values of these attributes with what ${destination.service} holds under their names; then run again.`,
  );
}

/** Splitting led to a single contact whose call is too large still. */
export function tooLargeAlone({ name, service }: Named, target: string, refusal: Refusal): OutflowError {
  return new OutflowError(
    'DestinationRejected',
    `The call of a single contact is too large for what answers in the place of ${service} ` +
      `(destination "${name}", ${target}: ${describeRefusal(refusal)}).`,
    'If a proxy stands between, let it pass larger bodies; or set chunkSize of the destination to what it passes.',
    'configuration',
  );
}

/** Splitting stopped because the chunk has more refused contacts than the destination's setting allows. */
export function tooManyRefused(
  destination: Named,
  target: string,
  refused: readonly RefusedContact[],
  attributesOf: (contact: RefusedContact) => string[],
): OutflowError {
  return new OutflowError(
    'DestinationRejected',
    `${destination.service} refused ${contactsIn(refused)} contacts of one chunk, more than maxRejectedPerChunk allows ` +
      `(${where(destination, target, refused)}). ${inCommon(refused, attributesOf)}`,
    'Correct these contacts in the segment, or raise maxRejectedPerChunk of the destination; then run again.',
  );
}

function where({ name }: Named, target: string, refused: readonly RefusedContact[]): string {
  return `destination "${name}", ${target}: ${describeRefusal(refused.at(-1)!)}`;
}

function contactsIn(refused: readonly RefusedContact[]): number {
  return new Set(refused.map(({ row }) => row)).size;
}

function inCommon(refused: readonly RefusedContact[], attributesOf: (contact: RefusedContact) => string[]): string {
  const byRow = new Map<number, Set<string>>();
  for (const contact of refused) {
    byRow.set(contact.row, new Set([...(byRow.get(contact.row) ?? []), ...attributesOf(contact)]));
  }
  const [first, ...others] = byRow.values();
  const shared = [...first!].filter((attribute) => others.every((other) => other.has(attribute)));
  return shared.length === 0
    ? 'They have no attribute in common.'
    : `All of them carry the attribute${shared.length > 1 ? 's' : ''} ${shared.join(', ')}.`;
}
