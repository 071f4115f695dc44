import pg from 'pg';
import { OutflowError } from '../../activation/errors.js';
import type { ReadOrder } from '../../activation/run.js';
import { CopyOut } from '../../copy/copy-out.js';
import { Windows } from '../../copy/windows.js';
import type { Extract, ExtractedSegment } from '../source.js';
import { readAs } from './column-kind.js';
import { embedded } from './embedded-query.js';
import { endReading, type Reading } from './reading.js';

/** Without a sort the source goes on while the reader is not ready for its rows. */
const AHEAD_BYTES = { any: 4 << 20, identifier: 0 } as const satisfies Record<ReadOrder, number>;

/** Reads a segment in one statement, which ends the reading. SELECT is the only right needed. Rows stay bytes. */
export function extractSegment(reading: Reading, extract: Extract & { order?: ReadOrder }): ExtractedSegment {
  const { order = 'identifier' } = extract;
  const statement = copyStatement(extract, order, reading.serverEncoding);
  const copy = reading.source.client.query(new CopyOut(statement, new Windows(AHEAD_BYTES[order])));
  return { rows: explained(copy, reading, extract.sql), rowsRead: () => copy.rowCount };
}

function copyStatement({ sql, identifier, fields }: Extract, order: ReadOrder, serverEncoding: string): string {
  const key = `s.${pg.escapeIdentifier(identifier)}::text`;
  const columns = [key, ...fields.map(({ name, type }) => readAs(`s.${pg.escapeIdentifier(name)}`, type))].join(', ');
  const rows = `select ${columns} from ${embedded(sql)}`;
  if (order === 'any') return `copy (${rows}) to stdout`;
  const bytes = serverEncoding === 'UTF8' ? `${key} collate "C"` : `pg_catalog.convert_to(${key}, 'UTF8')`;
  return `copy (${rows} order by ${bytes}) to stdout`;
}

async function* explained(rows: AsyncIterable<Buffer>, reading: Reading, sql: string): AsyncGenerator<Buffer> {
  try {
    yield* rows;
  } catch (error) {
    throw await readingFailure(error, reading, sql);
  }
  await endReading(reading);
}

/**
 * The server's own text names a table that may not be read, or a column that is gone, but may quote a value as well: it is
 * repeated only where planning the segment, which meets no rows, fails in the same way.
 */
async function readingFailure(error: unknown, { source, serverEncoding }: Reading, sql: string): Promise<unknown> {
  const code = error instanceof pg.DatabaseError ? error.code : undefined;
  if (code === '22021') return notUtf8(source.name, serverEncoding);
  if (code !== undefined && /^(42|3F|0A)/.test(code)) {
    try {
      await source.client.query('rollback');
      await source.client.query(`explain select * from ${embedded(sql)}`);
    } catch (planned) {
      if (planned instanceof pg.DatabaseError && planned.code === code) return source.explain(planned);
    }
  }
  return source.explain(error, 'reading rows');
}

function notUtf8(source: string, serverEncoding: string): OutflowError {
  const mayHoldAnything = serverEncoding === 'SQL_ASCII';
  return new OutflowError(
    'SourceEndedQuery',
    `Source ${source} ended the query: a text of the segment is no UTF-8 (SQLSTATE 22021). The encoding of the database is ${serverEncoding}${mayHoldAnything ? ', which takes any bytes for text' : ''}.`,
    mayHoldAnything
      ? `Convert each column that may hold other text, here from LATIN1: convert_from(convert(convert_to(x, 'SQL_ASCII'), 'LATIN1', 'UTF8'), 'SQL_ASCII') as x.`
      : 'Correct the rows that hold such a text, or leave the column out.',
  );
}
