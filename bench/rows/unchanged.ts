import { blockGeneration } from '../engine-tables.js';
import { reading, type Lab } from '../lab.js';
import { watchPeak } from '../process-memory.js';
import { readLimit } from '../read-limit.js';
import { median, plainRow, ratioRow, type Row } from '../row.js';
import { segmentOf } from '../source-data.js';
import { logPosition } from '../write-ahead-log.js';
import { memoryRows, memoryText } from './memory.js';

/**
 * What a run writes of itself is a few kB, and the first change of a page after a checkpoint logs the whole page, 8 kB:
 * measured 3 to 30 kB. One block of 4,000 lines would be 270 kB after compression.
 */
const mostLogKb = 128;

/** Runs that find nothing to do: some that read their segment, and some that the source's checksum spares it. */
export async function measureUnchangedRuns(lab: Lab): Promise<Row[]> {
  const { outflow, size } = lab;
  const activation = await lab.known();
  const generation = await blockGeneration(lab.engineUrl, activation);
  const read = await measureRuns(lab, activation, 'unchanged run that reads its segment');
  // The run that asks for the checksum that the next ones find again.
  const { worker } = await lab.startIdleWorker();
  await outflow.run(activation, { read: size, unchanged: size, gone: 0 });
  await worker.stop();
  const spared = await measureRuns(lab, activation, 'unchanged run');
  if ((await blockGeneration(lab.engineUrl, activation)) !== generation) {
    throw new Error('An unchanged run has written the blocks of its snapshot again.');
  }
  return [...spared, ...read];
}

async function measureRuns(
  lab: Lab,
  activation: string,
  kind: 'unchanged run' | 'unchanged run that reads its segment',
): Promise<Row[]> {
  const { outflow, repeats, report, size } = lab;
  const isToRead = kind !== 'unchanged run';
  const { worker, idleMb } = await lab.startIdleWorker(isToRead ? reading : {});
  const limits: number[] = [];
  const runs: number[] = [];
  const peaks: number[] = [];
  const logsKb: number[] = [];
  for (let i = 0; i < repeats; i++) {
    limits.push((await readLimit(lab.sourceUrl, segmentOf('contact'))).seconds);
    const logBefore = await logPosition(lab.engineUrl);
    const { value: run, mb } = await watchPeak(worker.pid, idleMb, () =>
      outflow.run(activation, { read: size, unchanged: size, gone: 0 }),
    );
    if (isToRead && run.result.readMode === 'skipped') throw new Error('A run that was to read its segment has not.');
    logsKb.push(((await logPosition(lab.engineUrl)) - logBefore) / 1e3);
    runs.push(run.seconds);
    peaks.push(mb);
    report(
      `${kind} ${i + 1}: ${run.seconds.toFixed(3)} s, of which ${run.diffSeconds.toFixed(3)} s its diff; limit ${limits.at(-1)!.toFixed(3)} s; log ${logsKb.at(-1)!.toFixed(0)} kB${memoryText(mb)}`,
    );
  }
  await worker.stop();
  const time = { name: `${kind}, start to close, s`, size, value: median(runs), limit: median(limits) };
  const log = { name: `${kind}, engine's write-ahead log, kB`, size, value: median(logsKb) };
  return [
    ratioRow(time, { compare: '<=', figure: 1.25 }),
    ...memoryRows(kind, size, peaks),
    plainRow(log, { compare: '<=', figure: mostLogKb }),
  ];
}
