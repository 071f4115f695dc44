import { formatNumber } from '../../text/figure.js';
import { taskQueue } from '../../activation/task-queues.js';
import { openEngine } from '../../engine/database/database.js';
import { connectClient } from '../../temporal/connect-client.js';
import type { ServerProcess } from '../embedded/server-process.js';
import { startStack, type Stack } from '../embedded/stack.js';
import { BatchAccount, batchKeys, standInOptions } from './batch-account.js';
import type { CleanUps } from './clean-ups.js';
import { command, type DemoContext, type DemoWorker } from './context.js';
import { chunkSizeOf, defaultCustomers, demoDefinitions } from './demo-definitions.js';
import type { DemoFolder } from './demo-folder.js';
import { defineExpected } from './expected.js';
import { addKnownContacts } from './known-contacts.js';
import type { Narrator } from './narrator.js';
import { environmentWith, startStandIn, startWorker, type Surroundings } from './programs.js';
import { restSchedules } from './schedules-at-rest.js';
import { openShop, type Shop } from './shop.js';

interface SetUpOptions {
  customers: number;
  folder: DemoFolder;
  narrator: Narrator;
  signal: AbortSignal;
  cleanUps: CleanUps;
}

const stopWithinMs = 15_000;

/** Starts everything, and tells of it. What was started is in `cleanUps`, also when this fails. */
export async function setUp(options: SetUpOptions): Promise<DemoContext> {
  const { customers, folder, narrator, signal, cleanUps } = options;
  narrator.chapter(
    'Servers, on this machine only',
    'A PostgreSQL, a Temporal with its web UI, and a stand-in for Batch, which refuses whatever',
    'Batch might refuse.',
  );
  const stack = await startStack({ folder: folder.stackFolder, report: (line) => narrator.say(line) });
  cleanUps.add(() => stack.stop());
  narrator.done(`PostgreSQL on port ${stack.postgres.port}, Temporal at ${stack.temporalAddress}`);
  narrator.done(`Temporal UI: ${stack.temporalUiUrl}`);
  const account = await startAccount(options);

  narrator.chapter('A shop', 'The warehouse: the database `shop`, which Outflow only reads.');
  narrator.live([`Making ${formatNumber(customers)} customers ...`]);
  const shop = await startShop(options, stack);
  const contacts = await addKnownContacts(shop.client, account);
  narrator.done(`${formatNumber(shop.customers)} customers with ${formatNumber(shop.orders)} orders`);
  narrator.done(
    `Batch knows 99% of them, by e-mail and by external ID: ${formatNumber(contacts)} contacts in each of two apps`,
  );

  const surroundings = await writeProject(options, { shop: shop.url, batch: account.url });
  const engine = openEngine(stack.databaseUrl, { applicationName: 'outflow demo' });
  cleanUps.add(() => engine.end());
  const { temporalAddress: address } = stack;
  const temporal = await connectClient({ address, namespace: 'default', taskQueue, connection: { address } });
  cleanUps.add(() => temporal.connection.close());
  const worker = workerIn(surroundings, options);
  const context = { narrator, signal, surroundings, stack, account, shop, engine, temporal, worker };

  await applyDefinitions(context, customers);
  await restSchedules(context);
  await worker.start();
  narrator.done('Started a worker, a process of its own.');
  return context;
}

async function startAccount({ customers, folder, signal, cleanUps, narrator }: SetUpOptions): Promise<BatchAccount> {
  // Bodies are kept, and those of a large shop take megabytes each.
  const requestsKept = customers > 10 * defaultCustomers ? 20 : 1_000;
  await folder.write('stand-in.json', JSON.stringify(standInOptions(requestsKept)));
  const { program, url } = await startStandIn(folder.file('stand-in.json'), {
    logFile: folder.file('stand-in.log'),
    signal,
  });
  cleanUps.add(() => program.stop('SIGTERM', stopWithinMs));
  narrator.done(`Batch stand-in at ${url}`);
  return new BatchAccount(url);
}

async function startShop({ customers, cleanUps }: SetUpOptions, stack: Stack): Promise<Shop> {
  await stack.postgres.createDatabase('shop');
  const shop = await openShop(stack.postgres.url('shop'), customers);
  cleanUps.add(() => shop.client.end());
  await defineExpected(shop.client);
  return shop;
}

/** The folder as a user would have it: definitions, and a .env beside them. */
async function writeProject(
  { customers, folder }: SetUpOptions,
  urls: { shop: string; batch: string },
): Promise<Surroundings> {
  const variables = {
    WAREHOUSE_URL: urls.shop,
    BATCH_URL: urls.batch,
    BATCH_REST_KEY: batchKeys.rest,
    BATCH_IOS_KEY: batchKeys.ios,
    BATCH_ANDROID_KEY: batchKeys.android,
  };
  await folder.write('outflow.yaml', await demoDefinitions(customers));
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  await folder.write('.env', lines.join(''));
  return { folder: folder.path, environment: environmentWith(variables) };
}

async function applyDefinitions(context: DemoContext, customers: number): Promise<void> {
  const { narrator, surroundings, signal } = context;
  narrator.chapter(
    'outflow.yaml is applied',
    'It names the source, two segments, the Batch account with its two apps, and two activations:',
    '`loyalty` finds contacts by e-mail, `app-profile` by external ID. Each gets a schedule in Temporal.',
  );
  const chunkSize = chunkSizeOf(customers);
  if (chunkSize !== undefined) {
    narrator.say(`For a shop of this size with chunkSize: ${formatNumber(chunkSize)} instead of the file's 500.`);
  }
  const { stdout, stderr } = await command(context, ['apply', '--yes'], signal);
  narrator.quote(stderr + stdout);
  narrator.say(`Commands run in ${surroundings.folder}. In another terminal you can type yours there.`);
}

function workerIn(surroundings: Surroundings, { folder, signal, cleanUps }: SetUpOptions): DemoWorker {
  let running: ServerProcess | undefined;
  cleanUps.add(async () => running?.stop('SIGTERM', stopWithinMs));
  return {
    start: async () => {
      running = await startWorker(surroundings, { logFile: folder.file('worker.log'), signal });
    },
    kill: async () => {
      const { pid } = running!;
      await running!.kill();
      return pid;
    },
  };
}
