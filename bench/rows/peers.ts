import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { dlt } from '../peers/dlt.js';
import { drt } from '../peers/drt.js';
import type { Peer } from '../peers/peer.js';
import { installPeers } from '../peers/virtual-environment.js';
import { reading, type Lab } from '../lab.js';
import { cpuSeconds, endedChildrenCpuSeconds } from '../process-cpu.js';
import { median, ratioRow, type Row } from '../row.js';
import { segmentOf, settleServer } from '../source-data.js';
import type { WorkerProcess } from '../../test/support/start-worker.js';

const mostRepeats = 3;
const contactsACall = 10_000;

/** Seconds on the clock, and of processors. */
interface Cost {
  wall: number;
  cpu: number;
}

const kinds = ['first run', 'unchanged run', 'run with 1% changed'] as const;
type Kind = (typeof kinds)[number];

/** Of the peers' cost, without a cursor column. */
const goals: Record<Kind, number> = { 'first run': 0.6, 'unchanged run': 1 / 15, 'run with 1% changed': 1 / 15 };

/**
 * Whole runs of the product beside whole runs of others, on the same table and to the same destination. The others send
 * everything each time when no column says what has changed, so their one run stands beside each kind of ours.
 */
export async function measurePeers(lab: Lab): Promise<Row[]> {
  const peers = await preparePeers(lab);
  if (!peers) return [];
  const repeats = Math.min(mostRepeats, lab.repeats);
  const activations = Array.from({ length: repeats }, (_, i) => `beside-peers-${i + 1}`);
  await lab.outflow.add(Object.fromEntries(activations.map((name) => [name, { sql: segmentOf('contact') }])));
  const ours: Record<Kind, Cost[]> = { 'first run': [], 'unchanged run': [], 'run with 1% changed': [] };
  const theirs = peers.map((): Cost[] => []);
  for (const activation of activations) {
    for (const [p, peer] of peers.entries()) theirs[p]!.push(await runPeer(lab, peer));
    for (const kind of kinds) {
      const { worker } = await lab.startIdleWorker(kind === 'run with 1% changed' ? reading : {});
      if (kind === 'unchanged run') await askForChecksum(lab, activation);
      const cost = await runOurs(lab, worker, activation, kind);
      await worker.stop();
      ours[kind].push(cost);
      lab.report(`${activation}, ${kind}: ${costText(cost)}`);
    }
    await settleServer(lab.engineUrl);
  }
  return peers.flatMap(({ name }, p) =>
    kinds.flatMap((kind) =>
      (['wall', 'cpu'] as const).map((measure) => {
        const row = {
          name: `${kind}, ${measure === 'cpu' ? 'processor time' : 'wall time'} against ${name}, s`,
          size: lab.size,
          value: median(ours[kind].map((cost) => cost[measure])),
          limit: median(theirs[p]!.map((cost) => cost[measure])),
        };
        return ratioRow(row, { compare: '<=', figure: goals[kind] });
      }),
    ),
  );
}

/** Undefined, and said, where they cannot be measured. */
async function preparePeers({ ground, sourceUrl, counting, report }: Lab): Promise<Peer[] | undefined> {
  if (process.platform !== 'linux') {
    report('Peers are not measured: only Linux tells the processor time of others.');
    return undefined;
  }
  const folder = join(ground.folder, 'peers');
  await mkdir(folder);
  report('Installing the peers with pip ...');
  try {
    const bin = await installPeers(ground, folder);
    const task = { folder, bin, sourceUrl, table: 'contact', destinationUrl: counting.url };
    return [await drt(task), await dlt(task)];
  } catch (error) {
    ground.signal.throwIfAborted();
    const { stderr = '', message } = error as Error & { stderr?: string };
    const reason = stderr.trim().split('\n').at(-1) || message;
    report(`Peers are not measured: Python 3 with venv and pip could not install them (${reason}).`);
    return undefined;
  }
}

/** From the start to the end of its program, as a scheduler would start it. */
async function runPeer({ ground, servers, sourceUrl, counting, size, report }: Lab, peer: Peer): Promise<Cost> {
  await settleServer(sourceUrl);
  await counting.counted();
  const cpu = async (): Promise<number> => (await endedChildrenCpuSeconds()) + (await cpuSeconds(servers.source.pid));
  const cpuBefore = await cpu();
  const startedAt = performance.now();
  await ground.run(peer.command, peer.args, {
    cwd: peer.cwd,
    env: { PATH: process.env['PATH'] ?? '', ...peer.env },
  });
  const wall = (performance.now() - startedAt) / 1000;
  const cost = { wall, cpu: (await cpu()) - cpuBefore };
  const { calls, bytes } = await counting.counted();
  const expected = Math.ceil(size / contactsACall);
  if (calls !== expected) throw new Error(`${peer.name} made ${calls} calls, not ${expected}.`);
  report(`${peer.name}: ${Math.round(bytes / size)} bytes a contact, ${costText(cost)}`);
  return cost;
}

/** The run whose checksum the next one finds again. */
async function askForChecksum({ outflow, size }: Lab, activation: string): Promise<void> {
  await outflow.run(activation, { read: size, unchanged: size, gone: 0 });
}

/** From the start to the close of the workflow; the worker waits for it, as it always does. */
async function runOurs(lab: Lab, worker: WorkerProcess, activation: string, kind: Kind): Promise<Cost> {
  const { outflow, servers, size } = lab;
  const change = kind === 'run with 1% changed' ? await lab.change() : undefined;
  const expected = {
    'first run': { new: size, accepted: size },
    'unchanged run': { unchanged: size, gone: 0 },
    'run with 1% changed': change && { ...change, accepted: change.new + change.changed },
  }[kind];
  const { source, stack } = servers;
  const pids = [worker.pid, source.pid, stack.postgres.pid, stack.temporal.pid];
  const cpu = async (): Promise<number> => (await Promise.all(pids.map(cpuSeconds))).reduce((sum, each) => sum + each);
  const cpuBefore = await cpu();
  const { seconds } = await outflow.run(activation, { read: size, ...expected });
  return { wall: seconds, cpu: (await cpu()) - cpuBefore };
}

function costText({ wall, cpu }: Cost): string {
  return `${wall.toFixed(2)} s (${cpu.toFixed(2)} s of processors)`;
}
