import { expect, test } from 'vitest';
import { type SourceLab } from './lab.js';

/** Every kind of value: what it is described as, how it is read and converted. */
export function describeValues(lab: SourceLab): void {
  const { suite, describeSql, read, table } = lab;

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
}
