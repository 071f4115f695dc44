import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { OutflowError } from '../../../src/activation/errors.js';
import type { ColumnKind, SegmentColumn } from '../../../src/activation/segment-column.js';
import { unescapeField } from '../../../src/lines/format.js';
import { keyOf } from '../../../src/lines/keys.js';
import type {
  Extract,
  Reading,
  ReadOptions,
  SourceConnections,
  SourceSession,
  SourceType,
} from '../../../src/sources/source.js';

/** A source of a test's own, whose tables the tests make and change. */
interface SourceUnderTest {
  /** What stands in the definitions, with the values of variables in place. */
  settings: Record<string, unknown>;
  /** A statement of the owner. */
  execute(sql: string): Promise<void>;
  /** Whether the source still works on a statement whose text holds `mark`. */
  isAtWorkOn(mark: string): Promise<boolean>;
  /** Breaks what connects the session to its source, as the network or the system does. */
  breakConnection(session: SourceSession): Promise<void>;
  drop(): Promise<void>;
}

export interface SourceSuite {
  type: SourceType;
  start(): Promise<SourceUnderTest>;
  /** Settings that the type's schema takes and that cannot be used; they hold the word `hunter2`. */
  unusableSettings: Record<string, unknown>[];
  /** An expression of each kind, and its text in a line. */
  values: { sql: string; kind: ColumnKind; text: string }[];
  /** Types that are no kind, or that some destination has no place for: an expression that is null. */
  unsendable: string[];
  /** A query of `rows` rows with the column `id`, and a column `filler` of a thousand bytes. */
  manyRows(rows: number): string;
  /** A query with the column `id` that takes minutes before its first row, whose text holds `mark`. */
  slow(mark: string): string;
  /** A query with the columns `id` and `value` that fails on a row whose value is `secret-value`. */
  failing: string;
  /** A text as a literal. */
  literal(text: string): string;
}

/** What every type of source has to hold, whatever it is. */
export function describeSource(suite: SourceSuite): void {
  const { type } = suite;

  describe(`a source of type ${type.type}`, () => {
    let source: SourceUnderTest;
    let connections: SourceConnections;
    beforeAll(async () => {
      source = await suite.start();
      connections = await type.open({ name: 'warehouse', settings: source.settings });
    }, 120_000);
    afterAll(async () => {
      await connections.close();
      await source.drop();
    });

    /** A session of the test's own, and what aborts it. */
    async function connect() {
      const aborting = new AbortController();
      const session = await connections.connect(aborting.signal);
      let isReleased = false;
      const release = async (succeeded: boolean): Promise<void> => {
        if (isReleased) return;
        isReleased = true;
        await session.release(succeeded);
      };
      onTestFinished(() => release(false));
      return { session, release, abort: () => aborting.abort() };
    }

    const describeSql = async (sql: string): Promise<SegmentColumn[]> => {
      const { session, release } = await connect();
      const columns = await session.describe({ name: 'loyal', sql });
      await release(true);
      return columns;
    };

    async function extractOf(sql: string): Promise<Extract> {
      const columns = await describeSql(sql);
      return { sql, identifier: 'id', fields: columns.filter(({ name }) => name !== 'id') };
    }

    async function read(sql: string, options: Partial<ReadOptions> = {}) {
      const { session, release } = await connect();
      const extract = await extractOf(sql);
      const segment = (await session.begin()).read(extract, { order: 'identifier', ...options });
      const lines = await linesOf(segment.rows);
      await release(true);
      return { rows: lines.map(fieldsOf), count: segment.rowsRead(), checksum: segment.checksum?.() };
    }

    const table = (rows: (string | null)[][]): string =>
      rows.map(([id, value]) => `select ${textOrNull(id)} as id, ${textOrNull(value)} as value`).join(' union all ');
    const textOrNull = (text: string | null | undefined): string =>
      text == null ? `cast(null as varchar)` : `cast(${suite.literal(text)} as varchar)`;

    test.each(suite.unusableSettings.map((settings) => [settings]))(
      'settings that cannot be used are told without repeating them (%#)',
      async (settings) => {
        const failure = await failureOf(
          type.open({ name: 'warehouse', settings }).then(async (opened) => {
            onTestFinished(() => opened.close());
            await opened.connect(new AbortController().signal);
          }),
        );
        expect(textOf(failure)).toContain('warehouse');
        expect(textOf(failure)).not.toContain('hunter2');
      },
    );

    test.each(suite.values)('$sql is described as $kind and read as $text', async ({ sql, kind, text }) => {
      const query = `select 'a' as id, ${sql} as value`;
      const columns = await describeSql(query);
      expect(columns.map((column) => [column.name, column.kind])).toEqual([
        ['id', 'text'],
        ['value', kind],
      ]);
      expect(columns[1]!.type).not.toBe('');
      expect((await read(query)).rows).toEqual([['a', text]]);
    });

    test.each(suite.values)('a null of the type of $sql is read as null', async ({ sql }) => {
      const query = `select 'a' as id, case when id = 'b' then value end as value from (select 'a' as id, ${sql} as value) v`;
      expect((await read(query)).rows).toEqual([['a', null]]);
    });

    test.each([...suite.values.map(({ sql }) => sql), ...suite.unsendable])(
      'what is said to be written for %s gives the wanted kind, whatever the name of the column',
      async (sql) => {
        for (const name of ['value', 'order', 'User Name', 'a"b']) {
          const quoted = `"${name.replaceAll('"', '""')}"`;
          const query = `select ${sql} as ${quoted}`;
          const [column] = await describeSql(query);
          expect(column!.name).toBe(name);
          for (const [kind, expressions] of Object.entries(column!.conversions)) {
            for (const expression of expressions) {
              const [converted] = await describeSql(`select ${expression} as converted from (${query}) s`);
              expect([expression, converted!.kind]).toEqual([expression, kind]);
            }
          }
        }
      },
    );

    test.each(suite.unsendable)('%s can be converted, if it cannot be sent', async (sql) => {
      const [column] = await describeSql(`select ${sql} as value`);
      expect(Object.keys(column!.conversions)).not.toEqual([]);
    });

    test('texts arrive as they are', async () => {
      const texts = [
        '',
        ' ',
        '\t',
        'line\nline',
        'cr\rlf\r\n',
        'back\\slash',
        '\\N',
        '\\t',
        `"'`,
        'Zoë 李 😀',
        '\b\f\v\u0001',
      ];
      const rows = texts.map((text, i) => [`id-${String(i).padStart(2, '0')}`, text]);
      expect((await read(table(rows))).rows).toEqual(rows);
    });

    test('rows come by the bytes of the identifier in UTF-8 where that is asked for', async () => {
      const ids = [
        'a',
        'B',
        'b',
        'A',
        'é',
        'z',
        'Z',
        '~',
        '-',
        '_',
        'aa',
        'a b',
        'ab',
        ' ',
        '10',
        '9',
        '\uFFFD',
        '😀',
        '李',
        'ß',
        'ss',
      ];
      const byBytes = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const { rows, count } = await read(table(ids.map((id) => [id, id])));
      expect(rows.map(([id]) => id)).toEqual(byBytes);
      expect(count).toBe(ids.length);
    });

    test('rows without an identifier are read with the others, in any order and by bytes', async () => {
      const query = table([
        ['b', '1'],
        [null, '2'],
        ['a', '3'],
      ]);
      for (const order of ['any', 'identifier'] as const) {
        const { rows } = await read(query, { order });
        expect(rows).toHaveLength(3);
        expect(rows).toContainEqual([null, '2']);
      }
    });

    test('a segment without rows is read as none', async () => {
      const { rows, count } = await read(`select * from (${table([['a', '1']])}) s where 1 = 0`);
      expect([rows, count]).toEqual([[], 0]);
    });

    test('many rows are read whole, in pieces', async () => {
      const { session, release } = await connect();
      const extract = await extractOf(suite.manyRows(20_000));
      const segment = (await session.begin()).read(extract, { order: 'identifier' });
      let pieces = 0;
      const keys: Buffer[] = [];
      for await (const piece of segment.rows) {
        pieces++;
        for (const line of piece.toString('latin1').split('\n')) if (line.length > 900) keys.push(Buffer.from(line));
      }
      await release(true);
      expect(segment.rowsRead()).toBe(20_000);
      expect(pieces).toBeGreaterThan(1);
      expect(keys.length).toBeGreaterThan(15_000);
    });

    test('a segment that ends in a comment is read', async () => {
      expect((await read(`select 'a' as id, 'b' as value -- of them`)).rows).toEqual([['a', 'b']]);
    });

    if (type.abilities.oneMoment) {
      test('all that is asked within a reading is as of one moment', async () => {
        await source.execute(
          `create table moving as ${table([
            ['a', '1'],
            ['b', '2'],
          ])}`,
        );
        const sql = 'select id, value from moving';
        const { session, release } = await connect();
        const extract = await extractOf(sql);
        const reading = await session.begin();
        const checksum = await reading.checksum(extract, 7n);
        await source.execute(`insert into moving values ('c', '3')`);
        const { rows } = reading.read(extract, { order: 'identifier' });
        expect((await linesOf(rows)).map(fieldsOf)).toEqual([
          ['a', '1'],
          ['b', '2'],
        ]);
        await release(true);
        if (checksum) expect(checksum.rows).toBe(2);
      });
    }

    if (type.abilities.checksum !== 'none') {
      const checksumOf = async (sql: string, seed = 7n): Promise<string> => {
        if (type.abilities.checksum === 'with-rows') {
          const { checksum, count } = await read(sql, { order: 'any', checksumSeed: seed });
          expect(checksum!.rows).toBe(count);
          return `${checksum!.rows}:${checksum!.sum}`;
        }
        const { session, release } = await connect();
        const extract = await extractOf(sql);
        const reading: Reading = await session.begin();
        const checksum = await reading.checksum(extract, seed);
        const { rows } = reading.read(extract, { order: 'any' });
        expect(checksum!.rows).toBe((await linesOf(rows)).length);
        await release(true);
        return `${checksum!.rows}:${checksum!.sum}`;
      };

      test('the same rows have the same checksum in whatever order, with the same seed only', async () => {
        const checksum = await checksumOf(
          table([
            ['a', '1'],
            ['b', null],
            [null, '3'],
          ]),
        );
        expect(checksum).toMatch(/^3:-?\d+$/);
        expect(
          await checksumOf(
            table([
              [null, '3'],
              ['b', null],
              ['a', '1'],
            ]),
          ),
        ).toBe(checksum);
        expect(
          await checksumOf(
            table([
              ['a', '1'],
              ['b', null],
              [null, '3'],
            ]),
            8n,
          ),
        ).not.toBe(checksum);
      });

      test('other rows have another checksum', async () => {
        const all = [
          [
            ['a', 'x'],
            ['b', 'y'],
          ],
          [
            ['a', 'x'],
            ['b', 'z'],
          ],
          [
            ['a', 'x'],
            ['b', null],
          ],
          [
            ['a', 'x'],
            ['b', ''],
          ],
          [
            ['a', 'y'],
            ['b', 'x'],
          ],
          [
            ['a', 'x'],
            ['c', 'y'],
          ],
          [
            ['a', 'x'],
            [null, 'y'],
          ],
          [
            ['a', 'x'],
            ['a', 'x'],
          ],
          [
            ['b', 'x'],
            ['b', 'x'],
          ],
          [['a', 'x']],
        ];
        const checksums: string[] = [];
        for (const rows of all) checksums.push(await checksumOf(table(rows)));
        expect(new Set(checksums).size).toBe(all.length);
      });

      test('each value of any type counts in the checksum', async () => {
        for (const { sql } of suite.values) {
          const query = (value: string): string =>
            `select 'a' as id, case when id = ${value} then value end as value from (select 'a' as id, ${sql} as value) v`;
          expect(await checksumOf(query(`'a'`))).not.toBe(await checksumOf(query(`'b'`)));
        }
      });
    }

    test('what is cancelled ends here, and at the source', async () => {
      const { session, abort } = await connect();
      const sql = suite.slow('cancelled-mark');
      const extract = { sql, identifier: 'id', fields: [] };
      const reading = linesOf((await session.begin()).read(extract, { order: 'identifier' }).rows);
      const failure = failureOf(reading);
      await expect.poll(() => source.isAtWorkOn('cancelled-mark')).toBe(true);
      abort();
      await failure;
      await expect.poll(() => source.isAtWorkOn('cancelled-mark'), { timeout: 10_000 }).toBe(false);
    });

    test('who stops reading in the middle leaves no work behind', async () => {
      const { session, release } = await connect();
      const extract = await extractOf(suite.manyRows(200_000));
      const segment = (await session.begin()).read(extract, { order: 'any' });
      for await (const piece of segment.rows) if (piece.length > 0) break;
      await release(false);
      expect((await read(`select 'a' as id, 'b' as value`)).rows).toEqual([['a', 'b']]);
    });

    test('a connection that breaks is an unreachable source, which is tried again', async () => {
      const { session } = await connect();
      const extract = { sql: suite.slow('broken-mark'), identifier: 'id', fields: [] };
      const reading = failureOf(linesOf((await session.begin()).read(extract, { order: 'identifier' }).rows));
      await expect.poll(() => source.isAtWorkOn('broken-mark')).toBe(true);
      await source.breakConnection(session);
      expect(await reading).toMatchObject({ code: 'SourceUnreachable', retryable: true });
      expect((await read(`select 'a' as id, 'b' as value`)).rows).toEqual([['a', 'b']]);
    });

    test.each([
      ['a table that does not exist', 'select id from nowhere_at_all', 'SourceRejectedQuery', 'nowhere_at_all'],
      [
        'a column that does not exist',
        `select none_such from (select 'a' as id) s`,
        'SourceRejectedQuery',
        'none_such',
      ],
      ['a syntax error', 'select id frm x where', 'SourceRejectedQuery', ''],
      ['two columns of one name', `select 'a' as id, 'b' as id`, 'SegmentInvalid', 'id'],
      ['what is no query', 'create table made_by_segment (x int)', 'SegmentInvalid', ''],
      ['two statements', `select 'a' as id; select 'b' as id`, 'SourceRejectedQuery', ''],
    ])('%s is told as a fault of the segment, and the session serves on', async (_, sql, code, named) => {
      const { session } = await connect();
      const failure = await failureOf(session.describe({ name: 'loyal', sql }));
      expect(failure.code).toBe(code);
      expect(failure.message).toContain(named);
      expect(textOf(failure)).toMatch(/warehouse|loyal/);
      expect(await session.describe({ name: 'loyal', sql: `select 'a' as id` })).toHaveLength(1);
    });

    test('a probe finds what describing finds, and reads no row', async () => {
      const { session } = await connect();
      await session.probe({ name: 'loyal', sql: suite.failing });
      expect(await failureOf(session.probe({ name: 'loyal', sql: 'select id from nowhere_at_all' }))).toMatchObject({
        code: 'SourceRejectedQuery',
      });
    });

    test('a query that fails on a row is told by the source, without the value', async () => {
      const { session } = await connect();
      const extract = { sql: suite.failing, identifier: 'id', fields: [{ name: 'value', type: 'text' }] };
      const failure = await failureOf(linesOf((await session.begin()).read(extract, { order: 'any' }).rows));
      expect(failure.code).toBe('SourceEndedQuery');
      expect(failure.message).toContain('warehouse');
      expect(textOf(failure)).not.toContain('secret');
    });

    test('a segment changes nothing at the source', async () => {
      await source.execute(`create table kept as ${table([['a', '1']])}`);
      const { session } = await connect();
      for (const sql of [
        'delete from kept returning id',
        `select 'a' as id) s; drop table kept; --`,
        'drop table kept',
      ]) {
        await failureOf(session.describe({ name: 'loyal', sql }));
        const read = async (): Promise<unknown> => {
          const { session: other } = await connect();
          return linesOf((await other.begin()).read({ sql, identifier: 'id', fields: [] }, { order: 'any' }).rows);
        };
        await failureOf(read());
      }
      expect((await read('select id, value from kept')).rows).toEqual([['a', '1']]);
    });

    test('several sessions read at once', async () => {
      const all = await Promise.all(['a', 'b', 'c'].map((id) => read(table([[id, '1']]))));
      expect(all.map(({ rows }) => rows)).toEqual([[['a', '1']], [['b', '1']], [['c', '1']]]);
    });
  });
}

async function linesOf(rows: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of rows) pieces.push(Buffer.from(piece));
  const all = Buffer.concat(pieces);
  const lines: Buffer[] = [];
  for (let at = 0; at < all.length;) {
    const end = all.indexOf('\n', at);
    lines.push(all.subarray(at, end + 1));
    at = end + 1;
  }
  return lines;
}

function fieldsOf(line: Buffer): (string | null)[] {
  expect(keyOf(line, 0).length).toBeLessThan(line.length);
  return line
    .toString()
    .slice(0, -1)
    .split('\t')
    .map((field) => unescapeField(field));
}

/** Everything that a source throws is an OutflowError. */
async function failureOf(work: Promise<unknown>): Promise<OutflowError> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(OutflowError);
  return failure as OutflowError;
}

function textOf({ message, remedy }: OutflowError): string {
  return `${message} ${remedy}`;
}
