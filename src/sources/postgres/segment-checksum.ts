import pg from 'pg';
import type { Extract, SegmentChecksum } from '../source.js';
import { readAs } from './column-kind.js';
import { embedded } from './embedded-query.js';
import { beginReading, type Reading } from './reading.js';

/** The part of a segment that a run would read. */
export interface ChecksumOf extends Extract {
  /** 64 bits, signed. */
  seed: bigint;
}

/** The first version with a hash of whole rows. */
const LEAST_SERVER_VERSION = 140_000;

/** A server that computes sends nothing, and would not notice that nobody waits for it any more. */
const NOTICE_LOST_CLIENT = `set local client_connection_check_interval = '5s'`;

/** Their hashes tell any two of their values apart whose texts differ. Those of other types, such as numeric, do not. */
const HASHED_BY_THEMSELVES = new Set(['smallint', 'integer', 'boolean', 'date', 'uuid']);
const TEXT_TYPES = /^(text|character varying(\(\d+\))?)$/;

/**
 * A checksum of the segment's rows that the source computes, in parallel where it can.
 *
 * undefined when the source does not compute it. The reading has been begun again then, and shows another moment.
 */
export async function segmentChecksum(reading: Reading, segment: ChecksumOf): Promise<SegmentChecksum | undefined> {
  if (reading.serverVersion < LEAST_SERVER_VERSION) return undefined;
  const { source } = reading;
  const { client } = source;
  try {
    const results = await client.query(`${NOTICE_LOST_CLIENT}; ${checksumQuery(segment)}`);
    const [, found] = results as unknown as [unknown, pg.QueryResult<{ rows: string; sum: string }>];
    const { rows, sum } = found.rows[0]!;
    return { rows: Number(rows), sum };
  } catch (error) {
    // Whatever it is: the rows can be read, or reading them says what is wrong.
    if (!(error instanceof pg.DatabaseError)) throw source.explain(error, 'reading rows');
    await client.query('rollback').catch(() => {
      throw source.explain(error, 'reading rows');
    });
    await beginReading(source);
    return undefined;
  }
}

function checksumQuery({ sql, identifier, fields, seed }: ChecksumOf): string {
  const key = `s.${pg.escapeIdentifier(identifier)}::text collate "C"`;
  const rowSeed = `coalesce(pg_catalog.hashtextextended(${key}, bigint '${seed}'), 0)`;
  const row = `pg_catalog.hash_record_extended(row(${[key, ...hashedValues(fields)].join(', ')}), ${rowSeed})`;
  return `select pg_catalog.count(*) as rows, coalesce(pg_catalog.sum(${row}), 0)::text as sum from ${embedded(sql)}`;
}

function hashedValues(fields: ChecksumOf['fields']): string[] {
  const values: string[] = [];
  const inBinary: string[] = [];
  for (const { name, type } of fields) {
    const value = readAs(`s.${pg.escapeIdentifier(name)}`, type);
    if (TEXT_TYPES.test(type)) values.push(`${value} collate "C"`);
    else if (HASHED_BY_THEMSELVES.has(type)) values.push(value);
    else inBinary.push(value);
  }
  // Text of the same type and settings is the same when its binary form is.
  if (inBinary.length > 0) values.push(`pg_catalog.record_send(row(${inBinary.join(', ')}))`);
  return values;
}
