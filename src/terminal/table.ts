import Table from 'cli-table3';
import { displayWidth } from './display-width.js';
import { colours } from './output.js';

export interface TableColumn {
  title: string;
  align?: 'right';
  /** Cut with an ellipsis where the terminal is too narrow for all of it; the others keep their width. */
  shrinks?: true;
  /** Left out when it is 0 in every row. */
  leftOutWhenZero?: true;
}

const noLines = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};
const GAP = 2;
/** Of a column that is cut: enough to tell one name from another. */
const NARROWEST = 8;

/**
 * Rows below their titles, without lines: easy to read and to cut with other tools. Fitted to `width`, the terminal's;
 * where there is none, as in a pipe, nothing is cut.
 */
export function table(columns: TableColumn[], rows: string[][], width = terminalWidth()): string {
  const { bold } = colours(process.stdout);
  const shown = columns
    .map((_, i) => i)
    .filter((i) => !columns[i]!.leftOutWhenZero || rows.some((row) => row[i] !== '0'));
  const widths = fitted(
    shown.map((i) => ({
      width: Math.max(...[columns[i]!.title, ...rows.map((row) => row[i]!)].map(widestLine)),
      shrinks: columns[i]!.shrinks === true,
    })),
    width,
  );
  const lines = new Table({
    head: shown.map((i) => bold(columns[i]!.title)),
    colAligns: shown.map((i) => columns[i]!.align ?? 'left'),
    colWidths: widths,
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  lines.push(...rows.map((row) => shown.map((i) => row[i]!)));
  return lines
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** The widest columns that may shrink give way first, none below what a name needs. */
function fitted(columns: { width: number; shrinks: boolean }[], available: number): number[] {
  const widths = columns.map((column) => column.width);
  const spare = () => widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1)) - available;
  for (let over = spare(); over > 0; over = spare()) {
    const widest = Math.max(...widths.filter((_, i) => columns[i]!.shrinks));
    if (!(widest > NARROWEST)) break;
    widths[columns.findIndex(({ shrinks }, i) => shrinks && widths[i] === widest)]!--;
  }
  return widths;
}

function widestLine(cell: string): number {
  return Math.max(...cell.split('\n').map((line) => displayWidth(line)));
}

/** Some terminals say 0. */
function terminalWidth(): number {
  return process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : Infinity;
}
