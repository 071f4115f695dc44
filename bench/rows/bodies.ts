import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ColumnKind } from '../../src/activation/segment-column.js';
import type * as registry from '../../src/destinations/registry.js';
import type * as chunkRows from '../../src/snapshot/chunks/rows.js';
import type { Lab } from '../lab.js';
import { median, ratioRow, type Row } from '../row.js';

/** Contacts of a body, as many as Batch takes. */
const CONTACTS = 10_000;
/** Bodies of a repeat, of which the quickest counts: it is disturbed least by what else runs on the machine. */
const BODIES = 25;

/** The columns of the segment: what PostgreSQL writes of each for the contact with this number. */
const columns: { attribute: string; kind: ColumnKind; text: (i: number) => string }[] = [
  { attribute: 'first_name', kind: 'text', text: (i) => ['Zoé', 'Jean-Luc', 'Inès', 'Paul'][i % 4]! },
  { attribute: 'city', kind: 'text', text: (i) => ['Paris', 'Saint-Étienne', 'Lyon'][i % 3]! },
  { attribute: 'language', kind: 'text', text: (i) => ['fr', 'de', 'en'][i % 3]! },
  { attribute: 'tier', kind: 'text', text: (i) => ['gold', 'silver', 'bronze'][i % 3]! },
  { attribute: 'points', kind: 'number', text: (i) => String((i * 7919) % 100_000) },
  { attribute: 'ltv', kind: 'number', text: (i) => `${i % 5_000}.${String(i % 100).padStart(2, '0')}` },
  { attribute: 'opted_in', kind: 'boolean', text: (i) => (i % 3 === 0 ? 'f' : 't') },
  { attribute: 'last_order_at', kind: 'timestamp', text: (i) => `2026-0${(i % 9) + 1}-11 09:30:00.123+00` },
  { attribute: 'created_at', kind: 'timestamp', text: (i) => `2024-1${i % 3}-05 18:0${i % 10}:59+00` },
  { attribute: 'interests', kind: 'list', text: (i) => ['{bikes,"city trips"}', '{}', '{wine}'][i % 3]! },
];

/**
 * Bodies of calls to Batch, from the bytes of stored lines, in turn with `JSON.stringify` of the objects that the same body
 * holds, which are there already: a body is never slower to build than by way of an object for each contact.
 */
export async function measureBodies({
  dist,
  repeats,
  report,
}: Pick<Lab, 'dist' | 'repeats' | 'report'>): Promise<Row[]> {
  const build = await bodiesOf(dist);
  let text = '';
  build((bytes) => (text = bytes.toString()));
  const objects: unknown = JSON.parse(text);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const times = { body: [] as number[], stringify: [] as number[] };
    for (let i = 0; i < BODIES; i++) {
      times.body.push(millisecondsOf(() => build(() => undefined)));
      times.stringify.push(millisecondsOf(() => Buffer.from(JSON.stringify(objects))));
    }
    ours.push(Math.min(...times.body));
    theirs.push(Math.min(...times.stringify));
    report(`a body in ${ours.at(-1)!.toFixed(1)} ms; JSON.stringify in ${theirs.at(-1)!.toFixed(1)} ms`);
  }
  const time = { name: 'body of a call of 10,000 contacts, ms', size: CONTACTS, value: median(ours) };
  return [ratioRow({ ...time, limit: median(theirs) }, { compare: '<=', figure: 1 })];
}

/** Builds the body of all contacts, shows its bytes, and gives them back. */
async function bodiesOf(dist: string): Promise<(show: (bytes: Buffer) => void) => void> {
  const load = async <T>(file: string): Promise<T> => (await import(pathToFileURL(join(dist, file)).href)) as T;
  const { openDestination } = await load<typeof registry>('destinations/registry.js');
  const { SendChunkRows } = await load<typeof chunkRows>('snapshot/chunks/rows.js');
  const { call, targets, attributes } = openDestination({
    name: 'app',
    type: 'batch-mep',
    settings: {
      ...{ restKey: '${REST_KEY}', apiKeys: { ios: '${IOS_KEY}' }, url: 'https://api.batch.com', chunkSize: CONTACTS },
      ...{ concurrency: 4, callsPerSecond: 'off', maxRejectedPerChunk: 100, requestTimeout: 30_000 },
    },
  });
  const rules = columns.map(({ attribute, kind }) =>
    attributes.rule(
      { attribute, field: attribute, onTooLong: 'leave-out', onNotFinite: 'leave-out', onNull: 'clear' },
      { type: kind, kind },
    ),
  );
  const lines = Array.from({ length: CONTACTS }, (_, i) =>
    [`contact-${i}@example.com`, ...columns.map(({ text }) => text(i))].join('\t').concat('\n'),
  );
  const flags = Buffer.from(Array.from({ length: CONTACTS }, () => [1, 0xff, 0x03]).flat()); // new, all ten columns
  const rows = new SendChunkRows({ rowCount: CONTACTS, flags, data: Buffer.from(lines.join('')) }, columns.length);
  const sending = { target: targets[0]!, rules, rows, from: 0, to: CONTACTS, key: 'key', activation: 'bench' };
  return (show) => {
    const { body } = call(sending);
    show(body.bytes);
    body.release();
  };
}

function millisecondsOf(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}
