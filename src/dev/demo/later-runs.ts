import { formatNumber } from '../../text/figure.js';
import { apps, type ApiKey } from './batch-account.js';
import { changeBesideBody } from './change-beside-body.js';
import type { DemoContext, ToldRun } from './context.js';
import { changedAttributes, rememberChangingRows } from './expected.js';
import { changeShop } from './shop.js';
import { runActivations } from './watched-run.js';

/** The first run of the other activation, left in peace; then what Batch did with the contacts that it does not know. */
export async function showOtherActivation(context: DemoContext): Promise<ToldRun> {
  const { narrator, account } = context;
  narrator.chapter(
    'The other activation, and contacts that Batch does not know',
    'Batch updates contacts and never creates one: those that it does not know it accepts without a word.',
  );
  const [result] = await runActivations(context, ['app-profile']);
  narrator.done(
    `${formatNumber(result!.counts.accepted)} contacts accepted in ${formatNumber(result!.requests)} requests.`,
  );
  await account.settled();
  for (const [apiKey, { unknownIds, created }] of Object.entries(await account.stats())) {
    const app = apps[apiKey as ApiKey];
    narrator.done(`${app}: accepted ${formatNumber(unknownIds)} contacts that it does not know, created ${created}.`);
  }
  return { title: 'first run', result: result! };
}

/** 1% of the shop changes, and nothing else is sent. */
export async function showChanges(context: DemoContext): Promise<ToldRun[]> {
  const { narrator, shop, account } = context;
  narrator.chapter(
    '1% of the shop changes',
    'A run compares the segment with what Batch is known to have, and sends only what changed.',
  );
  await rememberChangingRows(shop.client);
  const { customers, example } = await changeShop(shop);
  const attributes = await changedAttributes(shop.client);
  narrator.done(
    `Changed ${formatNumber(customers)} customers, and so ${formatNumber(attributes)} attributes of contacts in the two segments.`,
  );
  const callsBefore = (await account.requests()).at(-1)?.n ?? 0;
  const results = await runActivations(context, ['loyalty', 'app-profile']);
  const sent = results.reduce((sum, { attributesSent }) => sum + attributesSent, 0);
  narrator.done(`Sent ${formatNumber(sent)} attributes. One contact of them, identifier and texts masked:`);
  const requests = await account.requests({ bodies: true });
  narrator.quote(
    changeBesideBody(
      example,
      requests.filter(({ n }) => n > callsBefore),
    ),
  );
  return results.map((result) => ({ title: '1% changed', result }));
}

/** Nothing changes, nothing is sent. */
export async function showUnchangedRun(context: DemoContext): Promise<ToldRun[]> {
  const { narrator } = context;
  narrator.chapter(
    'Nothing changes',
    'Such a run costs what reading the segment costs; a large one is often not even read.',
  );
  const results = await runActivations(context, ['loyalty', 'app-profile']);
  const requests = results.reduce((sum, each) => sum + each.requests, 0);
  const read = results.reduce((sum, each) => sum + each.counts.read, 0);
  narrator.done(
    `Read ${formatNumber(read)} rows, sent ${requests === 0 ? 'nothing' : `${formatNumber(requests)} requests`}.`,
  );
  return results.map((result) => ({ title: 'unchanged', result }));
}
