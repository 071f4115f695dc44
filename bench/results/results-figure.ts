import { numberText, type Row } from '../row.js';

const width = 990;
const rowHeight = 26;
const top = 44;
const barsFrom = 500;
/** Where a bar ends that uses up its goal. */
const goalAt = 670;
const barHeight = 12;
/** Bars are cut here: this many times what the goal allows. */
const longest = 1.6;

/**
 * Each row as a bar, an SVG image: how much it uses of what its goal allows, so that shorter is better whatever the goal
 * compares. Text and line take the colours of the reader's scheme, light or dark.
 */
export function resultsFigure(rows: readonly Row[]): string {
  const bars = rows.map((row) => ({ row, use: useOfGoal(row) })).filter(({ use }) => Number.isFinite(use));
  const height = top + bars.length * rowHeight + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
  <title>Each figure as a share of what its goal allows: shorter is better</title>
  <style>
    text { font: 12px system-ui, sans-serif; fill: #1f2328; }
    .goal { stroke: #1f2328; stroke-dasharray: 3 3; }
    .kept { fill: #2da44e; }
    .missed { fill: #d1622b; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .goal { stroke: #e6edf3; }
    }
  </style>
  <text x="${goalAt}" y="20" text-anchor="middle">goal</text>
  <text x="${barsFrom}" y="20">shorter is better</text>
${bars.map(({ row, use }, i) => barOf(row, use, top + i * rowHeight)).join('\n')}
  <line class="goal" x1="${goalAt}" x2="${goalAt}" y1="28" y2="${height - 8}" />
</svg>
`;
}

/** 1: exactly the goal. */
function useOfGoal({ value, ratio, goal }: Row): number {
  const [compare, wanted] = goal.split(' ');
  const found = ratio ?? value;
  if (compare === 'within') return Math.max(found, 1 / found) / (1 + parseFloat(wanted!) / 100);
  return compare === '>=' ? Number(wanted) / found : found / Number(wanted);
}

function barOf({ name, size, value, ratio, goal, ok }: Row, use: number, y: number): string {
  const length = Math.max(1, Math.min(use, longest) * (goalAt - barsFrom));
  const cut = use > longest ? ' »' : '';
  return `  <text x="8" y="${y + 10}">${escaped(label(name, size))}</text>
  <rect class="${ok ? 'kept' : 'missed'}" x="${barsFrom}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2" />
  <text x="${width - 8}" y="${y + 10}" text-anchor="end">${escaped(`${numberText(ratio ?? value)}${cut} (${goal})`)}</text>`;
}

const longestLabel = 76;
const sizes = new Intl.NumberFormat('en', { notation: 'compact' });

function label(name: string, size: number): string {
  const text = `${name} · ${sizes.format(size)}`;
  return text.length <= longestLabel ? text : `${text.slice(0, longestLabel - 1)}…`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
