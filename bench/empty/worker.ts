// Serves the empty workflow, in a process of its own, with the SDK's own settings. It ends with whoever started it.
import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker, DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { emptyTaskQueue } from './task-queue.js';

const logger = new DefaultLogger('WARN');
Runtime.install({ logger });
const workflowBundle = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('./workflow.ts', import.meta.url)),
  logger,
});
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS']! }),
  taskQueue: emptyTaskQueue,
  workflowBundle,
  activities: { nothing: () => Promise.resolve() },
});
process.on('disconnect', () => process.exit());
process.send!('serving');
await worker.run();
