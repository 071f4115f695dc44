import type { z } from 'zod';
import type { Destination, DestinationType } from './destination.js';

/** A type whose `open` gets its settings as its own schema gives them. */
export function destinationType<Shape extends z.ZodRawShape>(
  type: Omit<DestinationType, 'settings' | 'open'> & {
    settings: Shape;
    open(settings: z.output<z.ZodObject<Shape>>): Destination;
  },
): DestinationType {
  return { ...type, open: (settings) => type.open(settings as z.output<z.ZodObject<Shape>>) };
}
