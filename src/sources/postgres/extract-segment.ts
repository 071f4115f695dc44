import { escapeIdentifier } from 'pg';
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
  return { rows: explained(copy, reading), rowsRead: () => copy.rowCount };
}

function copyStatement({ sql, identifier, fields }: Extract, order: ReadOrder, serverEncoding: string): string {
  const key = `s.${escapeIdentifier(identifier)}::text`;
  const columns = [key, ...fields.map(({ name, type }) => readAs(`s.${escapeIdentifier(name)}`, type))].join(', ');
  const rows = `select ${columns} from ${embedded(sql)}`;
  if (order === 'any') return `copy (${rows}) to stdout`;
  const bytes = serverEncoding === 'UTF8' ? `${key} collate "C"` : `pg_catalog.convert_to(${key}, 'UTF8')`;
  return `copy (${rows} order by ${bytes}) to stdout`;
}

async function* explained(rows: AsyncIterable<Buffer>, reading: Reading): AsyncGenerator<Buffer> {
  try {
    yield* rows;
  } catch (error) {
    throw reading.source.explain(error);
  }
  await endReading(reading);
}
