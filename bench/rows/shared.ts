import { chunksByWorker } from '../history.js';
import type { Lab } from '../lab.js';
import type { EndedRun } from '../outflow.js';
import { median, ratioRow, type Row } from '../row.js';
import { segmentOf, settleServer } from '../source-data.js';
import type { WorkerProcess } from '../../test/support/start-worker.js';

const mostContacts = 200_000;
const mostRepeats = 3;

/** First runs sent to a destination that answers late, whose chunks two workers share, beside the same with one worker. */
export async function measureSharedSending(lab: Lab): Promise<Row[]> {
  const { outflow, report } = lab;
  const size = Math.min(mostContacts, lab.size);
  const sql = `${segmentOf('contact')} where id <= ${size}`;
  const names = Array.from({ length: 2 * Math.min(mostRepeats, lab.repeats) }, (_, i) => `shared-${i + 1}`);
  await outflow.add(Object.fromEntries(names.map((name) => [name, { sql, destination: 'slow' as const }])));
  const { worker } = await lab.startIdleWorker();
  let second: WorkerProcess | undefined;
  const seconds: Record<1 | 2, number[]> = { 1: [], 2: [] };
  for (const [i, name] of names.entries()) {
    const workers = i % 2 === 0 ? 1 : 2;
    if (workers === 2) second = await outflow.startWorker();
    await lab.slow.counted();
    const run = await outflow.run(name, { read: size, new: size, accepted: size });
    const { firstAtMs, lastAtMs } = await lab.slow.counted();
    seconds[workers].push((lastAtMs - firstAtMs) / 1000);
    report(`${name}: ${seconds[workers].at(-1)!.toFixed(2)} s, chunks by worker ${chunksOf(workers, run).join(' + ')}`);
    await second?.stop();
    second = undefined;
  }
  await worker.stop();
  await settleServer(lab.engineUrl);
  const name = 'first run sent to a slow destination by 2 workers against 1, first to last call, s';
  return [
    ratioRow({ name, size, value: median(seconds[2]), limit: median(seconds[1]) }, { compare: '<=', figure: 1.05 }),
  ];
}

function chunksOf(workers: number, { history }: EndedRun): number[] {
  const chunks = [...chunksByWorker(history).values()];
  if (chunks.length !== workers) throw new Error(`Of ${workers} workers ${chunks.length} have sent chunks.`);
  return chunks;
}
