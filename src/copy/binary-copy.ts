import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { BinaryRows, LONG_BYTES, SIGNATURE, type WireField } from './binary-rows.js';
import { CopyOut } from './copy-out.js';

/**
 * PostgreSQL's binary COPY format (documented with the COPY command): the way of contact data into and out of the engine's
 * database. Bind parameters would stand in the server's logs, and pg's own binary results corrupt bytea.
 */
const TRAILER = Buffer.from([0xff, 0xff]);

function int2(value: number): Buffer {
  const wire = Buffer.allocUnsafe(2);
  wire.writeInt16BE(value);
  return wire;
}

export function int4(value: number): Buffer {
  const wire = Buffer.allocUnsafe(4);
  wire.writeInt32BE(value);
  return wire;
}

export function int8(value: number): Buffer {
  const wire = Buffer.allocUnsafe(8);
  wire.writeBigInt64BE(BigInt(value));
  return wire;
}

export function text(value: string): Buffer {
  return Buffer.from(value, 'utf8');
}

export function jsonb(value: object): Buffer {
  return Buffer.concat([Buffer.from([1]), Buffer.from(JSON.stringify(value), 'utf8')]);
}

const INT4_OID = 23;

export function int4Array(values: readonly number[]): Buffer {
  const wire = Buffer.alloc(values.length === 0 ? 12 : 20 + 8 * values.length);
  wire.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  wire.writeInt32BE(INT4_OID, 8);
  if (values.length === 0) return wire;
  wire.writeInt32BE(values.length, 12);
  wire.writeInt32BE(1, 16);
  values.forEach((value, i) => {
    wire.writeInt32BE(4, 20 + 8 * i);
    wire.writeInt32BE(value, 24 + 8 * i);
  });
  return wire;
}

/**
 * Runs `copy <target> from stdin` with these rows, read as they are needed; and other statements before and after it in the
 * same message, of which a failure fails all.
 */
export async function copyIn(
  client: pg.ClientBase,
  target: string,
  rows: Iterable<WireField[]> | AsyncIterable<WireField[]>,
  statements?: { before: string; after: string },
): Promise<void> {
  const copyStatement = `copy ${target} from stdin (format binary)`;
  const text = statements ? `${statements.before}; ${copyStatement}; ${statements.after}` : copyStatement;
  const copy = client.query(copyFrom(text));
  await pipeline(Readable.from(encode(rows)), copy);
}

async function* encode(rows: Iterable<WireField[]> | AsyncIterable<WireField[]>): AsyncGenerator<Buffer> {
  yield SIGNATURE;
  for await (const row of rows) {
    let pieces: Buffer[] = [int2(row.length)];
    for (const field of row) {
      pieces.push(int4(field === null ? -1 : field.length));
      if (field === null) continue;
      if (field.length < LONG_BYTES) {
        pieces.push(field);
      } else {
        // As it is, not copied together with others.
        yield Buffer.concat(pieces);
        yield field;
        pieces = [];
      }
    }
    yield Buffer.concat(pieces);
  }
  yield TRAILER;
}

/**
 * Runs `copy (<query>) to stdout` and yields its rows one by one. `query` must be text that we built of numbers and names.
 * `memoryFor` is asked for the memory of each field of 16 kB and more; new memory by default.
 */
export async function* copyOut(
  client: pg.ClientBase,
  query: string,
  memoryFor?: (bytes: number) => Buffer,
): AsyncGenerator<WireField[]> {
  const rows = new CopyOut(`copy (${query}) to stdout (format binary)`, new BinaryRows(memoryFor));
  client.query(rows);
  try {
    yield* rows;
  } finally {
    await drain(rows); // whoever stops early leaves a connection that takes the next statement
  }
}

async function drain(rows: AsyncIterable<unknown>): Promise<void> {
  const left = rows[Symbol.asyncIterator]();
  while (!(await left.next()).done);
}
