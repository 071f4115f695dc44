import { expect, onTestFinished, test } from 'vitest';
import { failureOf, linesOf, textOf, type SourceLab } from './lab.js';

/** What is told of settings and segments that are wrong, and what they cannot do. */
export function describeFaults(lab: SourceLab): void {
  const { suite, connect, read, table } = lab;
  const { type } = lab.suite;

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

  test.each([
    ['a table that does not exist', 'select id from nowhere_at_all', 'SourceRejectedQuery', 'nowhere_at_all'],
    ['a column that does not exist', `select none_such from (select 'a' as id) s`, 'SourceRejectedQuery', 'none_such'],
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
    await lab.execute(`create table kept as ${table([['a', '1']])}`);
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
}
