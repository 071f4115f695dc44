import { expect, test } from 'vitest';
import type { Reading } from '../../../src/sources/source.js';
import { linesOf, type SourceLab } from './lab.js';

/** Checksums: the same for the same rows only. */
export function describeChecksum(lab: SourceLab): void {
  const { suite, connect, extractOf, read, table } = lab;
  const { type } = lab.suite;

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
}
