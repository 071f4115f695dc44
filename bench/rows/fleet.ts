import { setTimeout as sleep } from 'node:timers/promises';
import { scheduleIdOf } from '../../src/temporal/own-schedule.js';
import { startEmptyWorker } from '../empty/start-empty-worker.js';
import { emptyTaskQueue } from '../empty/task-queue.js';
import { unchangedRunsSince } from '../engine-tables.js';
import { stepGroups } from '../history.js';
import { small, smallSize, type Lab } from '../lab.js';
import { canReadMemory, residentMb } from '../process-memory.js';
import { median, ratioRow, type Row } from '../row.js';
import { segmentOf, settleServer } from '../source-data.js';

const mostActivations = 500;
/** So many for each contact of the other measurements: a short trial has fewer. */
const activationsPerContact = 500 / 1_000_000;
const mostRepeats = 3;
/** Calls to Temporal at once, when schedules are changed and first runs made. */
const atOnce = 20;
/** From the first change of a schedule to the moment at which all are due. */
const changedWithinMs = 30_000;
const endsWithinMs = 10 * 60_000;

/** Many activations that are due at the same moment, beside as many scheduled workflows that do nothing. */
export async function measureFleet(lab: Lab): Promise<Row[]> {
  const { outflow, report } = lab;
  const fleetSize = Math.min(mostActivations, Math.ceil(lab.size * activationsPerContact));
  const names = Array.from({ length: fleetSize }, (_, i) => `fleet-${i + 1}`);
  const plan = { sql: segmentOf('contact_small'), daily: notSoon() };
  await outflow.add(Object.fromEntries(names.map((name) => [name, plan])));
  const { worker } = await lab.startIdleWorker();
  const emptyWorker = await startEmptyWorker(lab.ground, lab.servers.stack.temporalAddress);
  report(`First runs of ${fleetSize} activations ...`);
  await eachAtOnce(names, (name) => outflow.run(name, { new: smallSize, accepted: smallSize }));
  await settleServer(lab.engineUrl);
  const { history } = await outflow.run(small, { read: smallSize, unchanged: smallSize });
  await eachAtOnce(names, (name) =>
    outflow.client.schedule.create({
      scheduleId: emptyScheduleId(name),
      spec: onceAt(new Date(Date.now() + 43_200_000)),
      policies: { overlap: 'SKIP', catchupWindow: '10m' },
      action: {
        type: 'startWorkflow',
        workflowType: 'empty',
        workflowId: emptyScheduleId(name),
        taskQueue: emptyTaskQueue,
        args: [stepGroups(history)],
      },
    }),
  );

  const memoryBefore = canReadMemory ? await residentMb(worker.pid) : NaN;
  const limits: number[] = [];
  const runs: number[] = [];
  for (let i = 0; i < Math.min(mostRepeats, lab.repeats); i++) {
    limits.push(await letThemRun(lab, 'empty', names.map(emptyScheduleId)));
    const since = Date.now();
    runs.push(await letThemRun(lab, 'activation', names.map(scheduleIdOf)));
    const unchanged = await unchangedRunsSince(lab.engineUrl, since, smallSize);
    if (unchanged !== fleetSize) throw new Error(`Of ${fleetSize} activations ${unchanged} had an unchanged run.`);
    report(`${fleetSize} activations ${i + 1}: ${runs.at(-1)!.toFixed(1)} s; limit ${limits.at(-1)!.toFixed(1)} s`);
  }
  const memoryAfter = canReadMemory ? await residentMb(worker.pid) : NaN;
  await worker.stop();
  await emptyWorker.stop();

  const kind = `${fleetSize} activations due at once`;
  const time = {
    name: `${kind}, first start to last close, s`,
    size: smallSize,
    value: median(runs),
    limit: median(limits),
  };
  const memory = {
    name: `${kind}, worker's memory after and before, MB`,
    size: smallSize,
    value: memoryAfter,
    limit: memoryBefore,
  };
  return [
    ratioRow(time, { compare: '<=', figure: 1.5 }),
    ...(canReadMemory ? [ratioRow(memory, { compare: '<=', figure: 1.15 })] : []),
  ];
}

/** Makes all schedules due at one moment, and waits for what they start. Seconds from the first start to the last close. */
async function letThemRun({ outflow: { client } }: Lab, workflowType: string, scheduleIds: string[]): Promise<number> {
  const due = new Date(Math.ceil((Date.now() + changedWithinMs) / 1000) * 1000);
  await setDue(client, scheduleIds, due);
  if (Date.now() > due.getTime())
    throw new Error('Changing the schedules took so long that they were not due at once.');

  const query = `WorkflowType = '${workflowType}' and StartTime >= '${due.toISOString()}'`;
  const deadline = due.getTime() + endsWithinMs;
  while ((await client.workflow.count(`${query} and ExecutionStatus = 'Completed'`)).count < scheduleIds.length) {
    if (Date.now() > deadline) throw new Error(`Workflows of type ${workflowType} did not all end in time.`);
    await sleep(1_000);
  }
  let firstStartMs = Infinity;
  let lastCloseMs = 0;
  for await (const { startTime, closeTime } of client.workflow.list({ query })) {
    firstStartMs = Math.min(firstStartMs, startTime.getTime());
    lastCloseMs = Math.max(lastCloseMs, closeTime?.getTime() ?? 0);
  }
  return (lastCloseMs - firstStartMs) / 1000;
}

type Client = Lab['outflow']['client'];

function setDue(client: Client, scheduleIds: string[], due: Date): Promise<void> {
  return eachAtOnce(scheduleIds, (id) =>
    client.schedule
      .getHandle(id)
      .update(({ action, policies, state }) => ({ action, policies, state, spec: onceAt(due) })),
  );
}

function onceAt(due: Date) {
  const [year, month, dayOfMonth, hour, minute, second] = due
    .toISOString()
    .split(/[-T:.]/)
    .map(Number);
  return {
    calendars: [
      {
        year: year!,
        month: months[month! - 1]!,
        dayOfMonth: dayOfMonth!,
        hour: hour!,
        minute: minute!,
        second: second!,
      },
    ],
    timezone: 'UTC',
  };
}

const months = [
  ...(['JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE'] as const),
  ...(['JULY', 'AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER'] as const),
];

/** A time of the day half a day away: the schedules are made due by the measurement. */
function notSoon(): string {
  return new Date(Date.now() + 43_200_000).toISOString().slice(11, 16);
}

function emptyScheduleId(name: string): string {
  return `empty/${name}`;
}

async function eachAtOnce<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const take = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, take));
}
