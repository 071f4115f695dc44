import { z } from 'zod';
import type { DestinationType } from '../destinations/destination.js';
import { destinationTypeNamed, destinationTypes } from '../destinations/registry.js';
import { choice, section } from '../schema/shape.js';
import { isMap } from './maps.js';

const types = destinationTypes.map(({ type }) => type) as [string, ...string[]];
const typeRemedy = `Write type: ${types.join(' or ')}.`;

/** `destinations.<name>`, by the type that it says: its settings stand beside the type. */
export const destinationShape = z.unknown().transform((written, ctx) => {
  const type = isMap(written) ? destinationTypeNamed(written.type) : undefined;
  const parsed = shapeOf(type ?? destinationTypes[0]).safeParse(written);
  if (parsed.success) {
    const { type: named, ...settings } = parsed.data;
    return { type: named, settings };
  }
  for (const issue of parsed.error.issues) {
    // Of a type that there is not, nothing else can be said.
    if (type || !isMap(written) || issue.path[0] === 'type') ctx.issues.push({ ...issue, input: written } as never);
  }
  return z.NEVER;
});

function shapeOf({ example, settings }: DestinationType) {
  return section({ type: choice(types, typeRemedy), ...settings }, `Write ${example}.`);
}
