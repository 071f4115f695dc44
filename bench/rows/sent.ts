import { formatNumber } from '../../src/text/figure.js';
import type { Lab } from '../lab.js';
import { readLimit } from '../read-limit.js';
import { median, plainRow, ratioRow, type Row } from '../row.js';
import { segmentOf, settleServer } from '../source-data.js';

/** Enough calls for a rate, at 10,000 contacts a call. */
const mostContacts = 200_000;
/** Eight times what the destination documents as its limit, contacts a second. */
const leastRate = 80_000;

/** First runs, each of an activation of its own, sent as fast as the destination takes them. */
export async function measureSending(lab: Lab): Promise<Row[]> {
  const { outflow, counting, repeats, report } = lab;
  const size = Math.min(mostContacts, lab.size);
  const sql = `${segmentOf('contact')} where id <= ${size}`;
  const activations = Array.from({ length: repeats }, (_, i) => `sent-${i + 1}`);
  await outflow.add(Object.fromEntries(activations.map((name) => [name, { sql }])));
  const { worker } = await lab.startIdleWorker();
  const limits: number[] = [];
  const sendings: number[] = [];
  for (const activation of activations) {
    limits.push((await readLimit(lab.sourceUrl, sql)).seconds);
    await counting.counted();
    const run = await outflow.run(activation, { read: size, new: size, accepted: size });
    const { calls, bytes, firstAtMs, lastAtMs } = await counting.counted();
    const seconds = (lastAtMs - firstAtMs) / 1000;
    sendings.push(seconds);
    report(
      `${activation}: ${seconds.toFixed(3)} s from the first to the last of ${calls} calls (${formatNumber(Math.round(bytes / size))} bytes a contact), ${run.seconds.toFixed(3)} s to its close; limit ${limits.at(-1)!.toFixed(3)} s`,
    );
  }
  await worker.stop();
  await settleServer(lab.engineUrl);
  const seconds = median(sendings);
  const time = { name: 'first run sent, first to last call, s', size, value: seconds, limit: median(limits) };
  const rate = { name: 'first run sent, first to last call, contacts/s', size, value: size / seconds };
  return [ratioRow(time, { compare: '<=', figure: 2 }), plainRow(rate, { compare: '>=', figure: leastRate })];
}
