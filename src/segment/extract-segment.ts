import { escapeIdentifier } from 'pg';
import type { RowOrder } from '../activation/run.js';
import { CopyOut } from '../copy/copy-out.js';
import { Windows } from '../copy/windows.js';
import { embedded } from './embedded-query.js';
import type { Source } from './source.js';

/** What the source's text depends on: the same value always reads as the same bytes, whatever the role's defaults are. */
const PINNED_SETTINGS = [
  `timezone = 'UTC'`,
  `datestyle = 'ISO, YMD'`,
  `intervalstyle = 'postgres'`,
  `extra_float_digits = 1`,
  `bytea_output = 'hex'`,
  `client_encoding = 'UTF8'`,
  `lc_monetary = 'C'`,
];

/** A query on a source, the column that identifies a contact, and the columns to read in order. */
export interface Extract {
  sql: string;
  identifier: string;
  fields: readonly string[];
  /** Default `identifier`. */
  order?: RowOrder;
}

/** Without a sort the source goes on while the reader is not ready for its rows. */
const AHEAD_BYTES = { any: 4 << 20, identifier: 0 } as const satisfies Record<RowOrder, number>;

/** The rows of a segment while they are read. */
export interface ExtractedSegment {
  /** COPY text: the identifier as text, then the fields. A piece is valid until the next one is asked for. */
  rows: AsyncIterable<Buffer>;
  /** Rows read, once `rows` has ended. */
  rowsRead(): number;
}

/**
 * Reads a segment in one statement of a read-only repeatable-read transaction. SELECT is the only right needed; it works on
 * a standby and through a pooler that keeps transactions whole. Rows stay bytes.
 */
export async function extractSegment(source: Source, extract: Extract): Promise<ExtractedSegment> {
  const { client } = source;
  try {
    await client.query('begin transaction isolation level repeatable read read only');
    await client.query(PINNED_SETTINGS.map((setting) => `set local ${setting}`).join('; '));
    const encoding = await client.query<{ server_encoding: string }>('show server_encoding');
    const { order = 'identifier' } = extract;
    const statement = copyStatement(extract, order, encoding.rows[0]!.server_encoding);
    const copy = client.query(new CopyOut(statement, new Windows(AHEAD_BYTES[order])));
    return { rows: explained(copy, source), rowsRead: () => copy.rowCount };
  } catch (error) {
    throw source.explain(error);
  }
}

function copyStatement({ sql, identifier, fields }: Extract, order: RowOrder, serverEncoding: string): string {
  const key = `s.${escapeIdentifier(identifier)}::text`;
  const columns = [key, ...fields.map((field) => `s.${escapeIdentifier(field)}`)].join(', ');
  const rows = `select ${columns} from ${embedded(sql)}`;
  if (order === 'any') return `copy (${rows}) to stdout`;
  const bytes = serverEncoding === 'UTF8' ? `${key} collate "C"` : `pg_catalog.convert_to(${key}, 'UTF8')`;
  return `copy (${rows} order by ${bytes}) to stdout`;
}

async function* explained(rows: AsyncIterable<Buffer>, source: Source): AsyncGenerator<Buffer> {
  try {
    yield* rows;
    await source.client.query('commit');
  } catch (error) {
    throw source.explain(error);
  }
}
