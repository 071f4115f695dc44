import { figure } from '../src/activation/figure.js';
import { startCountingServer, type CountingServer } from './counted-calls.js';
import { startServers, type Ground } from './ground.js';
import type { BenchOptions } from './options.js';
import { startOutflow, type Outflow, type Worker } from './outflow.js';
import { canReadMemory, forgetPeak, peakMb, residentMb } from './process-memory.js';
import { describeMachine, type Machine } from './machine.js';
import { readLimit } from './read-limit.js';
import { median, plainRow, ratioRow, type Row } from './row.js';
import { changeContacts, makeContacts, segmentSql, settleServer, smallSegmentSql } from './source-data.js';

/** What the destination documents as its limit: contacts a second. */
const destinationLimit = 10_000;
const smallSize = 100;

interface Bench extends Pick<BenchOptions, 'size' | 'repeats'> {
  outflow: Outflow;
  destination: CountingServer;
  sourceUrl: string;
  engineUrl: string;
  report: (line: string) => void;
}

/**
 * Measures first runs, unchanged runs and runs with 1% changed, in this order: the later ones need the snapshot of the
 * first. Each begins with a worker of its own, so that none carries the memory of another.
 */
export async function measure(
  ground: Ground,
  { size, repeats, dist }: BenchOptions,
  report: (line: string) => void,
): Promise<{ rows: Row[]; machine: Machine }> {
  const servers = await startServers(ground, report);
  const destination = await ground.keep(startCountingServer(), (server) => server.end());
  const outflow = await startOutflow(dist, ground, servers, destination.url);
  const sourceUrl = servers.source.url();
  report(`Making ${figure(size)} contacts ...`);
  await makeContacts(sourceUrl, size);
  const first = Array.from({ length: repeats }, (_, i) => [firstRun(i), segmentSql] as const);
  await outflow.apply({ small: smallSegmentSql, ...Object.fromEntries(first) });

  const bench: Bench = {
    size,
    repeats,
    outflow,
    destination,
    sourceUrl,
    engineUrl: servers.stack.databaseUrl,
    report,
  };
  const sent = await measureFirstRuns(bench);
  await settleServer(bench.engineUrl);
  const unchanged = await measureUnchangedRuns(bench);
  const changed = await measureChangedRuns(bench);
  return { rows: [...unchanged, changed, sent], machine: await describeMachine(sourceUrl) };
}

/** Each on an activation of its own. */
async function measureFirstRuns({ size, repeats, outflow, destination, report }: Bench): Promise<Row> {
  const { worker, idleMb } = await startIdleWorker(outflow, { new: smallSize, accepted: smallSize });
  const contactsPerSecond: number[] = [];
  for (let i = 0; i < repeats; i++) {
    await destination.counted();
    const { value: run, aboveIdle } = await watchMemory(worker, idleMb, () =>
      outflow.run(firstRun(i), { read: size, new: size, accepted: size }),
    );
    const { calls, bytes, firstAtMs, lastAtMs } = await destination.counted();
    contactsPerSecond.push(size / ((lastAtMs - firstAtMs) / 1000));
    report(
      `first run ${i + 1}: ${run.seconds} s, of which ${seconds(lastAtMs - firstAtMs)} s from the first to the last of ${calls} calls (${figure(Math.round(bytes / size))} bytes a contact)${aboveIdle.text}`,
    );
  }
  await worker.stop();
  const row = { name: 'first run, first to last call, contacts/s', size, value: median(contactsPerSecond) };
  return ratioRow({ ...row, limit: destinationLimit }, { compare: '>=', figure: 1 });
}

async function measureUnchangedRuns({ size, repeats, outflow, sourceUrl, report }: Bench): Promise<Row[]> {
  const { worker, idleMb } = await startIdleWorker(outflow, { unchanged: smallSize });
  const limits: number[] = [];
  const runs: number[] = [];
  const peaks: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const limit = await readLimit(sourceUrl, segmentSql);
    const { value: run, aboveIdle } = await watchMemory(worker, idleMb, () =>
      outflow.run(firstRun(0), { read: size, unchanged: size, gone: 0 }),
    );
    limits.push(limit.seconds);
    runs.push(run.seconds);
    peaks.push(aboveIdle.mb);
    report(
      `unchanged run ${i + 1}: ${run.seconds} s; limit ${seconds(limit.seconds * 1000)} s (${figure(Math.round(limit.bytes / size))} bytes a contact)${aboveIdle.text}`,
    );
  }
  await worker.stop();
  const time = { name: 'unchanged run, start to close, s', size, value: median(runs), limit: median(limits) };
  const memory = { name: "unchanged run, worker's peak memory above idle, MB", size, value: Math.max(...peaks) };
  return [
    ratioRow(time, { compare: '<=', figure: 2 }),
    ...(canReadMemory ? [plainRow(memory, { compare: '<', figure: 150 })] : []),
  ];
}

/** Each changes another 1%, over the changes of those before it. */
async function measureChangedRuns({ size, repeats, outflow, sourceUrl, report }: Bench): Promise<Row> {
  const { worker, idleMb } = await startIdleWorker(outflow, { unchanged: smallSize });
  const limits: number[] = [];
  const runs: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const change = await changeContacts(sourceUrl, i);
    const limit = await readLimit(sourceUrl, segmentSql);
    const { value: run, aboveIdle } = await watchMemory(worker, idleMb, () =>
      outflow.run(firstRun(0), { read: size, ...change, accepted: change.new + change.changed }),
    );
    limits.push(limit.seconds);
    runs.push(run.seconds);
    report(
      `run with 1% changed ${i + 1}: ${run.seconds} s; limit ${seconds(limit.seconds * 1000)} s; ${change.changed} changed, ${change.new} new, ${change.gone} gone${aboveIdle.text}`,
    );
  }
  await worker.stop();
  const row = {
    name: 'run with 1% changed, sent, start to close, s',
    size,
    value: median(runs),
    limit: median(limits),
  };
  return ratioRow(row, { compare: '<=', figure: 2 });
}

/** A worker that has started, has done one small run, and holds what it holds when nothing is to be done. */
async function startIdleWorker(
  outflow: Outflow,
  small: { new?: number; accepted?: number; unchanged?: number },
): Promise<{ worker: Worker; idleMb: number }> {
  const worker = await outflow.startWorker();
  await outflow.run('small', small);
  return { worker, idleMb: canReadMemory ? await residentMb(worker.pid) : NaN };
}

async function watchMemory<T>(
  { pid }: Worker,
  idleMb: number,
  work: () => Promise<T>,
): Promise<{ value: T; aboveIdle: { mb: number; text: string } }> {
  if (!canReadMemory) return { value: await work(), aboveIdle: { mb: NaN, text: '' } };
  await forgetPeak(pid);
  const value = await work();
  const mb = (await peakMb(pid)) - idleMb;
  return { value, aboveIdle: { mb, text: `; memory ${mb.toFixed(0)} MB above idle (${idleMb.toFixed(0)} MB)` } };
}

function firstRun(i: number): string {
  return `contacts-${i + 1}`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
