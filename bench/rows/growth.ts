import { formatNumber } from '../../src/text/figure.js';
import { reading, type Lab } from '../lab.js';
import { canReadMemory, watchPeak } from '../process-memory.js';
import { readLimit } from '../read-limit.js';
import { median, ratioRow, type Row } from '../row.js';
import { segmentOf, settleServer } from '../source-data.js';
import { memoryRows, memoryText } from './memory.js';

/** How many times the contacts of the other measurements. */
const times = 10;
const mostRepeats = 3;

/** Both ways to read a segment: the worker's setting that chooses it, MB, and the query that is its limit. */
const readers = [
  { name: 'unordered', settings: { OUTFLOW_DIFF_MEMORY: '4000', ...reading }, limitOf: (sql: string) => sql },
  {
    name: 'ordered',
    settings: { OUTFLOW_DIFF_MEMORY: '0', ...reading },
    limitOf: (sql: string) => `select * from (${sql}) s order by s.email::text collate "C"`,
  },
];

interface Segment {
  activation: string;
  sql: string;
  size: number;
}

interface Peaks {
  first: number;
  unchanged: number[];
}

/** What a segment of ten times the contacts costs: in memory, and in time with each way to read it. */
export async function measureGrowth(lab: Lab): Promise<Row[]> {
  const repeats = Math.min(mostRepeats, lab.repeats);
  const few: Segment = { activation: 'grown-1', sql: segmentOf('contact'), size: lab.size };
  const many: Segment = { activation: `grown-${times}`, sql: segmentOf('contact_many'), size: lab.size * times };
  await lab.makeTable('contact_many', many.size);
  await lab.outflow.add({ [few.activation]: { sql: few.sql }, [many.activation]: { sql: many.sql } });

  const firstOfFew = await firstRun(lab, few);
  const firstOfMany = await firstRun(lab, many);
  const fewRows = await unchangedRuns(lab, few, repeats);
  const manyRows = await unchangedRuns(lab, many, repeats);
  const fewPeaks: Peaks = { first: firstOfFew, unchanged: fewRows.peaks };
  const manyPeaks: Peaks = { first: firstOfMany, unchanged: manyRows.peaks };
  return [
    manyRows.row,
    ...memoryRows('first run', many.size, [manyPeaks.first]),
    ...memoryRows('unchanged run', many.size, manyPeaks.unchanged),
    ...memoryGrowth(many.size, fewPeaks, manyPeaks),
    ...(await readerRows(lab, few, many, repeats)),
  ];
}

async function firstRun(lab: Lab, { activation, size }: Segment): Promise<number> {
  const { worker, idleMb } = await lab.startIdleWorker();
  const { value: run, mb } = await watchPeak(worker.pid, idleMb, () =>
    lab.outflow.run(activation, { read: size, new: size, accepted: size }),
  );
  await worker.stop();
  await settleServer(lab.engineUrl);
  lab.report(`first run of ${formatNumber(size)} contacts: ${run.seconds.toFixed(1)} s to its close${memoryText(mb)}`);
  return mb;
}

async function unchangedRuns(
  lab: Lab,
  { activation, sql, size }: Segment,
  repeats: number,
): Promise<{ row: Row; peaks: number[] }> {
  const { worker, idleMb } = await lab.startIdleWorker();
  const limits: number[] = [];
  const runs: number[] = [];
  const peaks: number[] = [];
  for (let i = 0; i < repeats; i++) {
    limits.push((await readLimit(lab.sourceUrl, sql)).seconds);
    const { value: run, mb } = await watchPeak(worker.pid, idleMb, () =>
      lab.outflow.run(activation, { read: size, unchanged: size, gone: 0 }),
    );
    runs.push(run.seconds);
    peaks.push(mb);
    lab.report(
      `unchanged run of ${formatNumber(size)} contacts ${i + 1}: ${run.seconds.toFixed(3)} s; limit ${limits.at(-1)!.toFixed(3)} s${memoryText(mb)}`,
    );
  }
  await worker.stop();
  const row = { name: 'unchanged run, start to close, s', size, value: median(runs), limit: median(limits) };
  return { row: ratioRow(row, { compare: '<=', figure: 1.25 }), peaks };
}

function memoryGrowth(size: number, few: Peaks, many: Peaks): Row[] {
  if (!canReadMemory) return [];
  const row = (kind: string, value: number, limit: number): Row =>
    ratioRow(
      { name: `${kind}, peak memory against a tenth of the contacts, MB`, size, value, limit },
      { compare: '<=', figure: 1.15 },
    );
  return [
    row('first run', many.first, few.first),
    row('unchanged run', Math.max(...many.unchanged), Math.max(...few.unchanged)),
  ];
}

/** Seconds of the diff for each second of its own COPY, at both sizes. */
async function readerRows(lab: Lab, few: Segment, many: Segment, repeats: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, settings, limitOf } of readers) {
    const { worker } = await lab.startIdleWorker(settings);
    const ratios: number[] = [];
    for (const { activation, sql, size } of [few, many]) {
      const limits: number[] = [];
      const diffs: number[] = [];
      for (let i = 0; i < repeats; i++) {
        limits.push((await readLimit(lab.sourceUrl, limitOf(sql))).seconds);
        diffs.push((await lab.outflow.run(activation, { read: size, unchanged: size, gone: 0 })).diffSeconds);
        lab.report(
          `${name} read of ${formatNumber(size)} contacts ${i + 1}: diff ${diffs.at(-1)!.toFixed(3)} s, its COPY ${limits.at(-1)!.toFixed(3)} s`,
        );
      }
      ratios.push(median(diffs) / median(limits));
    }
    await worker.stop();
    const row = {
      name: `${name} read, diff by its COPY against a tenth of the contacts`,
      size: many.size,
      value: ratios[1]!,
      limit: ratios[0]!,
    };
    rows.push(ratioRow(row, { compare: 'within', figure: 1.2 }));
  }
  return rows;
}
