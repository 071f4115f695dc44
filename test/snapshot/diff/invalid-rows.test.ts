import { expect, test } from 'vitest';
import { type Contact, diffOf, linesOf } from '../diff-fixture.js';

const zoe: Contact = ['zoe', 'Zoë', 'gold'];
const before: Contact = ['adam', 'Adam', 'gold'];
const after: Contact = ['zz', 'Zed', 'gold'];

test('all rows of a duplicated identifier are left out, and its contact is not sent', async () => {
  const { sent, settled, invalid, figures } = await diffOf({ segment: [before, zoe, ['zoe', 'Zoe', 'gold'], after] });
  expect(sent).toEqual(['new adam: name, tier', 'new zz: name, tier']);
  expect(settled).toEqual([]);
  expect(invalid).toEqual(['duplicate_identifier zoe', 'duplicate_identifier zoe']);
  expect(figures).toMatchObject({ new: 2, invalidRows: { duplicate_identifier: 2 } });
});

test('rows that are the same to the byte are duplicates, too', async () => {
  const { sent, invalid } = await diffOf({ segment: [zoe, zoe, zoe] });
  expect(sent).toEqual([]);
  expect(invalid).toEqual(Array(3).fill('duplicate_identifier zoe'));
});

test('the last rows of a segment can be duplicates', async () => {
  const { sent, figures } = await diffOf({ segment: [before, zoe, zoe] });
  expect(sent).toEqual(['new adam: name, tier']);
  expect(figures).toMatchObject({ new: 1, invalidRows: { duplicate_identifier: 2 } });
});

test.each([
  ['the first row is as in the snapshot', [zoe, ['zoe', 'Zoe', 'gold']]],
  ['the second row is as in the snapshot', [['zoe', 'Zoe', 'gold'], zoe]],
  ['both rows are as in the snapshot', [zoe, zoe]],
  [
    'no row is as in the snapshot',
    [
      ['zoe', 'Z', 'gold'],
      ['zoe', 'Zoe', 'gold'],
    ],
  ],
] as [string, Contact[]][])(
  'a known contact that is duplicated is neither changed nor gone when %s',
  async (_, duplicates) => {
    for (const segment of [duplicates, [before, ...duplicates, after]]) {
      const snapshot = segment.length === 2 ? [zoe] : [before, zoe, after];
      const { chunks, figures } = await diffOf({ segment, snapshot });
      expect(chunks).toEqual([]);
      expect(figures).toMatchObject({ new: 0, changed: 0, gone: 0, invalidRows: { duplicate_identifier: 2 } });
    }
  },
);

test('rows without an identifier are left out', async () => {
  const { sent, invalid } = await diffOf({ segment: [zoe, [null, 'A', 'gold'], [null, 'A', 'gold']] });
  expect(sent).toEqual(['new zoe: name, tier']);
  expect(invalid).toEqual(['null_identifier null', 'null_identifier null']);
});

test('an empty identifier, one of a faulty program and one that is too long are left out, each by its reason', async () => {
  const long = 'l'.repeat(513);
  const { sent, invalid, figures } = await diffOf({
    segment: [['', 'A', 'gold'], ['(null)', 'A', 'gold'], [long, 'A', 'gold'], ['undefined', 'A', 'gold'], zoe],
  });
  expect(sent).toEqual(['new zoe: name, tier']);
  expect(invalid).toEqual([
    'empty_identifier ',
    'identifier_reserved (null)',
    `identifier_too_long ${long}`,
    'identifier_reserved undefined',
  ]);
  expect(figures.invalidRows).toEqual({ empty_identifier: 1, identifier_reserved: 2, identifier_too_long: 1 });
});

test('an identifier at the limit is sent, and a text null that is no reserved word, too', async () => {
  const { sent } = await diffOf({
    segment: [
      ['\\N', 'A', 'gold'],
      ['l'.repeat(512), 'A', 'gold'],
      ['nullify', 'A', 'gold'],
    ],
  });
  expect(sent).toHaveLength(3);
});

test('rows that share a faulty identifier keep its reason', async () => {
  const { invalid } = await diffOf({ segment: [['', 'A', 'gold'], ['', 'B', 'gold'], zoe] });
  expect(invalid).toEqual(['empty_identifier ', 'empty_identifier ']);
});

test('an identifier of a megabyte is kept cut', async () => {
  const { invalid, figures } = await diffOf({ segment: [['l'.repeat(1_000_000), 'A', 'gold']] });
  expect(figures.invalidRows).toEqual({ identifier_too_long: 1 });
  expect(invalid[0]!.length).toBeLessThan(1100);
});

test('every row of the segment is counted once', async () => {
  const segment: Contact[] = [['', 'A', 'gold'], before, before, zoe, after, [null, 'N', null]];
  const { figures } = await diffOf({ segment, snapshot: [zoe] });
  expect(figures).toMatchObject({ read: segment.length, unchanged: 1 }); // zoe
  expect(figures.unchanged + figures.new + figures.changed + figures.invalid).toBe(segment.length);
  expect(linesOf(segment).toString().split('\n')).toHaveLength(segment.length + 1);
});
