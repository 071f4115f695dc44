import { reading, type Lab } from '../lab.js';
import { median, ratioRow, type Row } from '../row.js';
import { attributes, settleServer } from '../source-data.js';

/** The longest text that the destination takes. */
const longestText = 64;

/**
 * Unchanged runs with a value in 30% of the rows that the destination cannot hold, beside the same where these values
 * are one character shorter and so just short enough: both read the same amount, whatever a
 * checksum would have told.
 */
export async function measureInvalidValues(lab: Lab): Promise<Row[]> {
  const { outflow, repeats, report, size } = lab;
  const invalidValues = Math.floor(size / 10) * 3 + Math.min(size % 10, 2);
  await outflow.add({
    'valid-texts': { sql: textsOf(longestText) },
    'invalid-texts': { sql: textsOf(longestText + 1) },
  });
  const { worker } = await lab.startIdleWorker(reading);
  const sent = { read: size, new: size, accepted: size };
  await outflow.run('valid-texts', { ...sent, invalidValues: 0 });
  await outflow.run('invalid-texts', { ...sent, invalidValues });
  await settleServer(lab.engineUrl);
  const limits: number[] = [];
  const runs: number[] = [];
  const unchanged = { read: size, unchanged: size, gone: 0 };
  for (let i = 0; i < repeats; i++) {
    limits.push((await outflow.run('valid-texts', { ...unchanged, invalidValues: 0 })).seconds);
    runs.push((await outflow.run('invalid-texts', { ...unchanged, invalidValues })).seconds);
    report(
      `unchanged run with 30% invalid ${i + 1}: ${runs.at(-1)!.toFixed(3)} s; without ${limits.at(-1)!.toFixed(3)} s`,
    );
  }
  await worker.stop();
  const name = 'unchanged run with an invalid value in 30% of the rows, s';
  return [ratioRow({ name, size, value: median(runs), limit: median(limits) }, { compare: '<=', figure: 1.1 })];
}

/** The segment with last names of that length in 30% of its rows. */
function textsOf(length: number): string {
  const lengthened = `case when id % 10 < 3 then rpad(last_name, ${length}, 'x') else last_name end as last_name`;
  const columns = attributes.map((name) => (name === 'last_name' ? lengthened : name));
  return `select email, ${columns.join(', ')} from contact`;
}
