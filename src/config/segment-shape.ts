import { z } from 'zod';
import { says, section } from '../schema/shape.js';

const sqlRule = says('must be a query', 'Write sql: select email, first_name from customers.');

/** `segments.<name>`. A semicolon at the query's end is taken off: the query becomes a part of another. */
export const segmentShape = section(
  {
    source: z.string(says('must be the name of a source', 'Write source: and a name under sources.')),
    sql: z
      .string(sqlRule)
      .transform((text) => text.replace(/[\s;]+$/, ''))
      .refine((text) => text.trim() !== '', sqlRule),
  },
  'Write { source: ..., sql: ... }.',
);
