import type { Segment } from '../source.js';
import { embedded } from './embedded-query.js';
import type { Source } from './source.js';

/**
 * Has the server plan the segment as it would be read, without reading a row: unlike describing it, this asks for the right
 * to read its tables, too. Throws SourceRejectedQuery.
 */
export async function planSegment(source: Source, segment: Segment): Promise<void> {
  const statement = `explain select * from ${embedded(segment.sql)}`;
  try {
    await source.client.query(statement);
  } catch (error) {
    throw source.explain(error, 'before rows', { segment, before: statement.indexOf(segment.sql) });
  }
}
