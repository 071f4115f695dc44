import { embedded } from './embedded-query.js';
import type { Source } from './source.js';

/**
 * Has the server plan the segment as it would be read, without reading a row: unlike describing it, this asks for the right
 * to read its tables, too. Throws SourceRejectedQuery.
 */
export async function planSegment(source: Source, { sql }: { sql: string }): Promise<void> {
  try {
    await source.client.query(`explain select * from ${embedded(sql)}`);
  } catch (error) {
    throw source.explain(error);
  }
}
