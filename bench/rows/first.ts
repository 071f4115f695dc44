import type { Lab } from '../lab.js';
import { watchPeak } from '../process-memory.js';
import { readLimit } from '../read-limit.js';
import { median, ratioRow, type Row } from '../row.js';
import { segmentOf, settleServer } from '../source-data.js';
import { memoryRows, memoryText } from './memory.js';

/**
 * First runs, each of an activation of its own, up to the end of their diff: then all changes are stored. The last one
 * goes on and sends them, and leaves the snapshot that later measurements stand on.
 */
export async function measureFirstRuns(lab: Lab): Promise<Row[]> {
  const { outflow, repeats, report, size } = lab;
  const activations = Array.from({ length: repeats }, (_, i) => `first-${i + 1}`);
  await outflow.add(Object.fromEntries(activations.map((name) => [name, { sql: segmentOf('contact') }])));
  const { worker, idleMb } = await lab.startIdleWorker();
  const limits: number[] = [];
  const runs: number[] = [];
  for (const activation of activations.slice(0, -1)) {
    await settleServer(lab.engineUrl); // of the chunks of the run before, which was cancelled
    limits.push((await readLimit(lab.sourceUrl, segmentOf('contact'))).seconds);
    runs.push(await outflow.runUntilDiffed(activation));
    report(`${activation}: ${runs.at(-1)!.toFixed(3)} s to the end of its diff; limit ${limits.at(-1)!.toFixed(3)} s`);
  }
  await settleServer(lab.engineUrl);
  limits.push((await readLimit(lab.sourceUrl, segmentOf('contact'))).seconds);
  const sent = activations.at(-1)!;
  const { value: run, mb } = await watchPeak(worker.pid, idleMb, () =>
    outflow.run(sent, { read: size, new: size, accepted: size }),
  );
  runs.push(run.untilDiffedSeconds);
  report(
    `${sent}: ${run.untilDiffedSeconds.toFixed(3)} s to the end of its diff, ${run.seconds.toFixed(3)} s to its close; limit ${limits.at(-1)!.toFixed(3)} s${memoryText(mb)}`,
  );
  await worker.stop();
  await settleServer(lab.engineUrl);
  lab.giveKnown(sent);
  const time = { name: 'first run, start to end of its diff, s', size, value: median(runs), limit: median(limits) };
  return [ratioRow(time, { compare: '<=', figure: 2 }), ...memoryRows('first run', size, [mb])];
}
