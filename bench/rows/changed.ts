import { changedBytes } from '../engine-tables.js';
import { reading, type Lab } from '../lab.js';
import { watchPeak } from '../process-memory.js';
import { readLimit } from '../read-limit.js';
import { median, ratioRow, type Row } from '../row.js';
import { segmentOf } from '../source-data.js';
import { logPosition } from '../write-ahead-log.js';
import { memoryRows, memoryText } from './memory.js';

/** Runs that each find another 1% changed, as those before them did: so nobody asks for a checksum. */
export async function measureChangedRuns(lab: Lab): Promise<Row[]> {
  const { outflow, repeats, report, size } = lab;
  const activation = await lab.known();
  const { worker, idleMb } = await lab.startIdleWorker(reading);
  const limits: number[] = [];
  const runs: number[] = [];
  const peaks: number[] = [];
  const logsMb: number[] = [];
  const changedMb: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const change = await lab.change();
    limits.push((await readLimit(lab.sourceUrl, segmentOf('contact'))).seconds);
    const logBefore = await logPosition(lab.engineUrl);
    const { value: run, mb } = await watchPeak(worker.pid, idleMb, () =>
      outflow.run(activation, { read: size, ...change, accepted: change.new + change.changed }),
    );
    logsMb.push(((await logPosition(lab.engineUrl)) - logBefore) / 1e6);
    changedMb.push((await changedBytes(lab.engineUrl, run.result.runId)) / 1e6);
    runs.push(run.untilDiffedSeconds);
    peaks.push(mb);
    report(
      `run with 1% changed ${i + 1}: ${run.untilDiffedSeconds.toFixed(3)} s to the end of its diff, ${run.seconds.toFixed(3)} s to its close; limit ${limits.at(-1)!.toFixed(3)} s; ${change.changed} changed, ${change.new} new, ${change.gone} gone; log ${logsMb.at(-1)!.toFixed(2)} MB for ${changedMb.at(-1)!.toFixed(2)} MB of lines${memoryText(mb)}`,
    );
  }
  await worker.stop();
  const kind = 'run with 1% changed';
  const time = { name: `${kind}, start to end of its diff, s`, size, value: median(runs), limit: median(limits) };
  const log = {
    name: `${kind}, engine's write-ahead log against changed lines, MB`,
    size,
    value: median(logsMb),
    limit: median(changedMb),
  };
  return [
    ratioRow(time, { compare: '<=', figure: 1.5 }),
    ...memoryRows(kind, size, peaks),
    ratioRow(log, { compare: '<=', figure: 1.5 }),
  ];
}
