import { z } from 'zod';
import { choice, section, wholeNumber } from '../schema/shape.js';
import { sourceTypeNamed, sourceTypes } from '../sources/registry.js';
import type { SourceType } from '../sources/source.js';
import { isMap } from './maps.js';

const types = sourceTypes.map(({ type }) => type) as [string, ...string[]];

/** `sources.<name>`, by the type that it says: its settings stand beside the type. */
export const sourceShape = z.unknown().transform((written, ctx) => {
  const type = isMap(written) ? sourceTypeNamed(written['type']) : undefined;
  const parsed = shapeOf(type ?? sourceTypes[0]).safeParse(written);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) ctx.issues.push({ ...issue, input: written } as never);
    return z.NEVER;
  }
  const { type: named, concurrentReads, ...settings } = parsed.data;
  return { type: named, settings, concurrentReads };
});

function shapeOf({ example, settings }: SourceType) {
  return section(
    {
      type: choice(types, `Write type: ${types.join(' or ')}.`),
      ...settings,
      concurrentReads: wholeNumber(1, 100, 'Write for example concurrentReads: 2.').default(4),
    },
    `Write for example ${example}.`,
  );
}
