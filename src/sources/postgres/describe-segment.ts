import pg from 'pg';
import { OutflowError } from '../../activation/errors.js';
import type { SegmentColumn } from '../../activation/segment-column.js';
import { columnKind, conversionsOf } from './column-kind.js';
import { embedded } from './embedded-query.js';
import { planSegment } from './plan-segment.js';
import type { Source } from './source.js';

/**
 * The segment's columns, without running it: the server parses the text as one statement through the extended protocol,
 * which refuses several. Throws SourceRejectedQuery for SQL that the server refuses, SegmentInvalid for a statement that
 * returns no rows, that is no query, or that returns two columns of one name.
 */
export async function describeSegment(
  source: Source,
  segment: { name: string; sql: string },
): Promise<SegmentColumn[]> {
  const { fields, hasParameters } = await describeStatement(source, segment.sql).catch((error: unknown) => {
    throw source.explain(error, 'before rows', { segment, before: 0 });
  });
  // Planned as a part of another statement, which has no parameters: the server names the place of the first.
  if (hasParameters) await planSegment(source, segment);
  if (fields.length === 0) {
    throw new OutflowError(
      'SegmentInvalid',
      `Segment ${segment.name} returns no columns: it is not a query.`,
      'Write a SELECT whose columns are the identifier and the fields to send.',
    );
  }
  const repeated = fields.find((field, i) => fields.findIndex((other) => other.name === field.name) !== i);
  if (repeated !== undefined) {
    throw new OutflowError(
      'SegmentInvalid',
      `Segment ${segment.name} has two columns named ${repeated.name}.`,
      'Give each column a name of its own with AS.',
    );
  }
  await refuseUnlessEmbeddable(source, segment);
  return describeFields(source, fields);
}

/** SHOW, EXPLAIN, DELETE ... RETURNING and the like return rows, but cannot be sorted and read as a segment is. */
async function refuseUnlessEmbeddable(source: Source, segment: { name: string; sql: string }): Promise<void> {
  try {
    await describeStatement(source, `select from ${embedded(segment.sql)}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !/^(42|0A)/.test(error.code ?? '')) throw source.explain(error);
    throw new OutflowError(
      'SegmentInvalid',
      `Segment ${segment.name} cannot be read as a part of another query: ${error.message} (SQLSTATE ${error.code ?? ''}).`,
      'Write one SELECT, with nothing after its semicolon and without statements that change data.',
    );
  }
}

interface Field {
  name: string;
  dataTypeID: number;
  dataTypeModifier: number;
}

async function describeStatement(source: Source, sql: string): Promise<Described> {
  const description = new StatementDescription(sql);
  source.client.query(description);
  return description.described;
}

interface Described {
  fields: Field[];
  hasParameters: boolean;
}

interface WireConnection {
  parse(query: { text: string; name: string; types: number[] }): void;
  describe(target: { type: 'S'; name: string }): void;
  sync(): void;
}

/**
 * Parse, Describe and Sync, but no Execute: pg has no call for it, but takes objects that speak the protocol. A connection
 * may fail once more after the answer, or after an error, such as the driver's own deadline: a promise takes the first word.
 */
class StatementDescription implements pg.Submittable {
  readonly described: Promise<Described>;
  private readonly sql: string;
  private fields: Field[] = [];
  private parameters = 0;
  private resolve!: (described: Described) => void;
  private reject!: (error: Error) => void;

  constructor(sql: string) {
    this.sql = sql;
    this.described = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(connection: pg.Connection): void {
    const wire = connection as unknown as WireConnection;
    const count = ({ parameterCount }: { parameterCount: number }): void => void (this.parameters = parameterCount);
    connection.on('parameterDescription', count);
    const stopCounting = (): void => void connection.off('parameterDescription', count);
    this.described.then(stopCounting, stopCounting);
    wire.parse({ text: this.sql, name: '', types: [] });
    wire.describe({ type: 'S', name: '' });
    wire.sync();
  }

  handleRowDescription(message: { fields: Field[] }): void {
    this.fields = message.fields;
  }

  handleError(error: Error): void {
    this.reject(error);
  }

  handleReadyForQuery(): void {
    this.resolve({ fields: this.fields, hasParameters: this.parameters > 0 });
  }
}

/** The texts of `format_type` and `quote_ident` depend on it. */
const PLAIN_NAMES = 'set local quote_all_identifiers = off';

/** Types as `format_type` names them, domains resolved to their base type; `enum` for every enum. */
async function describeFields(source: Source, fields: readonly Field[]): Promise<SegmentColumn[]> {
  try {
    const listed = fields
      .map((field, at) => `(${at}, ${pg.escapeLiteral(field.name)}, ${field.dataTypeID}, ${field.dataTypeModifier})`)
      .join(', ');
    const results = await source.client.query(
      `${PLAIN_NAMES};
       with recursive base as (
         select f.at, f.name, t.oid, t.typtype, t.typbasetype,
           case when t.typtype = 'd' then t.typtypmod else f.modifier end as modifier
         from (values ${listed}) f(at, name, type_id, modifier)
         join pg_catalog.pg_type t on t.oid = f.type_id::pg_catalog.oid
         union all
         select b.at, b.name, t.oid, t.typtype, t.typbasetype,
           case when t.typtype = 'd' then t.typtypmod else b.modifier end
         from base b join pg_catalog.pg_type t on t.oid = b.typbasetype where b.typtype = 'd')
       select name, pg_catalog.quote_ident(name) as quoted,
         case when typtype = 'e' then 'enum' else pg_catalog.format_type(oid, modifier) end as type
       from base where typtype <> 'd' order by at`,
    );
    const [, { rows }] = results as unknown as [
      unknown,
      pg.QueryResult<{ name: string; quoted: string; type: string }>,
    ];
    return rows.map(({ name, quoted, type }) => ({
      name,
      type,
      kind: columnKind(type),
      conversions: conversionsOf(quoted, type),
    }));
  } catch (error) {
    throw source.explain(error);
  }
}
