import type { Lab } from '../lab.js';
import { median, plainRow, ratioRow, type Row } from '../row.js';
import { segmentOf, settleServer } from '../source-data.js';

const mostContacts = 200_000;
/** Each takes as many seconds as calls, and they hardly differ. */
const mostRepeats = 3;
/** The pace of the destination, of which the counting server refuses what is above. */
const callsPerSecond = 1;

/** First runs sent at the pace that the destination has when nothing else is said. */
export async function measurePacedSending(lab: Lab): Promise<Row[]> {
  const { outflow, paced, report } = lab;
  const size = Math.min(mostContacts, lab.size);
  const sql = `${segmentOf('contact')} where id <= ${size}`;
  const activations = Array.from({ length: Math.min(mostRepeats, lab.repeats) }, (_, i) => `paced-${i + 1}`);
  await outflow.add(Object.fromEntries(activations.map((name) => [name, { sql, destination: 'paced' as const }])));
  const { worker } = await lab.startIdleWorker();
  const rates: number[] = [];
  let allRefused = 0;
  for (const activation of activations) {
    await paced.counted();
    await outflow.run(activation, { read: size, new: size, accepted: size });
    const { calls, refused, firstAtMs, lastAtMs } = await paced.counted();
    const seconds = (lastAtMs - firstAtMs) / 1000;
    rates.push((calls - refused - 1) / seconds); // the first call marks the beginning
    allRefused += refused;
    report(`${activation}: ${calls} calls in ${seconds.toFixed(3)} s, ${refused} answered 429`);
  }
  await worker.stop();
  await settleServer(lab.engineUrl);
  const rate = { name: 'first run sent at 1 call/s, calls/s', size, value: median(rates), limit: callsPerSecond };
  const refused = { name: 'first run sent at 1 call/s, calls answered 429', size, value: allRefused };
  return [ratioRow(rate, { compare: '>=', figure: 0.97 }), plainRow(refused, { compare: '<=', figure: 0 })];
}
