import { expect, test } from 'vitest';
import { fieldsOf, linesOf, type SourceLab } from './lab.js';

/** Rows: whole, in order, as of one moment, and with nothing changed at the source. */
export function describeReading(lab: SourceLab): void {
  const { suite, connect, extractOf, read, table } = lab;
  const { type } = lab.suite;

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
      await lab.execute(
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
      await lab.execute(`insert into moving values ('c', '3')`);
      const { rows } = reading.read(extract, { order: 'identifier' });
      expect((await linesOf(rows)).map(fieldsOf)).toEqual([
        ['a', '1'],
        ['b', '2'],
      ]);
      await release(true);
      if (checksum) expect(checksum.rows).toBe(2);
    });
  }

  test('several sessions read at once', async () => {
    const all = await Promise.all(['a', 'b', 'c'].map((id) => read(table([[id, '1']]))));
    expect(all.map(({ rows }) => rows)).toEqual([[['a', '1']], [['b', '1']], [['c', '1']]]);
  });
}
