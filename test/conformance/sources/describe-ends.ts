import { expect, test } from 'vitest';
import { failureOf, linesOf, type SourceLab } from './lab.js';

/** Readings that end early: cancelled, left, or with a broken connection. */
export function describeEnds(lab: SourceLab): void {
  const { suite, connect, extractOf, read } = lab;

  test('what is cancelled ends here, and at the source', async () => {
    const { session, abort } = await connect();
    const sql = suite.slow('cancelled-mark');
    const extract = { sql, identifier: 'id', fields: [] };
    const reading = linesOf((await session.begin()).read(extract, { order: 'identifier' }).rows);
    const failure = failureOf(reading);
    await expect.poll(() => lab.isAtWorkOn('cancelled-mark')).toBe(true);
    abort();
    await failure;
    await expect.poll(() => lab.isAtWorkOn('cancelled-mark'), { timeout: 10_000 }).toBe(false);
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
    await expect.poll(() => lab.isAtWorkOn('broken-mark')).toBe(true);
    await lab.breakConnection(session);
    expect(await reading).toMatchObject({ code: 'SourceUnreachable', retryable: true });
    expect((await read(`select 'a' as id, 'b' as value`)).rows).toEqual([['a', 'b']]);
  });
}
