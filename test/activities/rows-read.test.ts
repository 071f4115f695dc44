import { expect, test } from 'vitest';
import { RowsRead } from '../../src/activities/rows-read.js';
import { piecesOf } from '../snapshot/diff-fixture.js';

/** 1,000 of 14 bytes. */
const lines = Buffer.from(Array.from({ length: 1000 }, (_, i) => `key-${1000 + i}\tgold\n`).join(''));

async function counted(pieces: AsyncIterable<Buffer>) {
  const reports: number[] = [];
  const rowsRead = new RowsRead((rows) => Promise.resolve(void reports.push(rows)));
  const passed: Buffer[] = [];
  for await (const piece of rowsRead.count(pieces)) passed.push(piece);
  return { rows: rowsRead.current, passed: Buffer.concat(passed), reports };
}

test('rows of one length are counted exactly, and pass as they are', async () => {
  const { rows, passed } = await counted(piecesOf(lines, 14 * 50));
  expect(rows).toBe(1000);
  expect(passed.equals(lines)).toBe(true);
});

test('of rows of several lengths the number is about right', async () => {
  const mixed = Buffer.from(Array.from({ length: 1000 }, (_, i) => `${'k'.repeat(i % 40)}\tgold\n`).join(''));
  const { rows } = await counted(piecesOf(mixed, 4096));
  expect(Math.abs(rows - 1000)).toBeLessThan(100);
});

test('pieces before the end of the first row count nothing yet', async () => {
  expect((await counted(piecesOf(Buffer.from('a row without an end'), 5))).rows).toBe(0);
});

test('the number is reported with the first piece, then about once a second', async () => {
  const { reports } = await counted(piecesOf(lines, 14 * 10));
  expect(reports[0]).toBe(10);
  expect(reports.length).toBeLessThan(10);
});

test('a report that fails ends the reading: the run has lost its claim', async () => {
  const rowsRead = new RowsRead(() => Promise.reject(new Error('superseded')));
  const reading = async () => {
    for await (const piece of rowsRead.count(piecesOf(lines))) expect(piece.length).toBeGreaterThan(0);
  };
  await expect(reading()).rejects.toThrow('superseded');
});
