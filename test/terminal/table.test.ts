import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { table, type TableColumn } from '../../src/terminal/table.js';
import { visible, visibleLines } from '../../src/text/visible.js';

const columns: TableColumn[] = [
  { title: 'run', align: 'right' },
  { title: 'activation', shrinks: true },
  { title: 'outcome', shrinks: true },
  ...['read', 'gone', 'rejected'].map((title) => ({ title, align: 'right', leftOutWhenZero: true }) as const),
];
const rows = [
  [
    '12,345',
    'a-very-long-name-of-an-activation-that-nobody-would-type-twice-in-a-day',
    'completed with warnings',
    '1,234,567',
    '0',
    '9',
  ],
  ['1', '李小龙-的-客户-列表-每天-更新-每天-更新-每天-更新-每天-更新', 'failed', '0', '0', '0'],
];

test.each([80, 100, 160])('a table fits a terminal of %i columns, and no line breaks', (width) => {
  const lines = table(columns, rows, width).split('\n');
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(width);
  expect(lines[1]).toMatch(/12,345 {2}a-very-lo.* {2}.*1,234,567 +9$/);
});

test('columns that are 0 in every row go, and nothing is cut where there is no terminal', () => {
  const text = table(columns, rows, Infinity);
  expect(text).not.toContain('gone');
  expect(text).toContain('rejected');
  for (const name of rows.map((row) => row[1]!)) expect(text).toContain(name);
});

test('what a terminal would obey or hide is shown, and other characters stay as they are', () => {
  expect(visible('Zoë 李 \u001b[31mred\u001b[0m\r\n\u0007\u202etxt\u200b\u009b2J')).toBe(
    String.raw`Zoë 李 \x1b[31mred\x1b[0m\r\n\x07\u202etxt\u200b\x9b2J`,
  );
  expect(visibleLines('one\n\u001b[2Jtwo')).toBe('one\n\\x1b[2Jtwo');
});
