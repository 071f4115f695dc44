import { emptyTaskQueue } from '../empty/task-queue.js';
import { startEmptyWorker } from '../empty/start-empty-worker.js';
import { closeOf, startOf, stepGroups, type StepGroup } from '../history.js';
import { small, smallSize, type Lab } from '../lab.js';
import { median, ratioRow, type Row } from '../row.js';

/** Runs of a tenth of a second differ more than long ones, and cost little. */
const runsARepeat = 6;

/** Runs of few contacts, beside a workflow that does nothing in as many steps. */
export async function measureSmallRuns(lab: Lab): Promise<Row[]> {
  const { outflow, report } = lab;
  const { worker } = await lab.startIdleWorker();
  const emptyWorker = await startEmptyWorker(lab.ground, lab.servers.stack.temporalAddress);
  const limits: number[] = [];
  const runs: number[] = [];
  let groups: StepGroup[] = [];
  for (let i = 0; i < lab.repeats * runsARepeat; i++) {
    const run = await outflow.run(small, { read: smallSize, unchanged: smallSize, gone: 0 });
    groups = stepGroups(run.history);
    runs.push(run.seconds);
    limits.push(await runEmpty(lab, groups, i));
  }
  await worker.stop();
  await emptyWorker.stop();
  const steps = groups.reduce((sum, { remote, local }) => sum + remote + local, 0);
  report(`runs of ${smallSize} contacts: ${steps} steps, ${runs.length} repeats`);
  const name = `run of ${smallSize} contacts, unchanged, start to close, s`;
  const row = { name, size: smallSize, value: median(runs), limit: median(limits) };
  return [ratioRow(row, { compare: '<=', figure: 1.5 })];
}

async function runEmpty({ outflow: { client } }: Lab, groups: StepGroup[], i: number): Promise<number> {
  const handle = await client.workflow.start('empty', {
    taskQueue: emptyTaskQueue,
    workflowId: `empty-${i}`,
    args: [groups],
  });
  await handle.result();
  const { events } = await handle.fetchHistory();
  return (closeOf(events!) - startOf(events!)) / 1000;
}
