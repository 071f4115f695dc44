import { afterAll } from 'vitest';
import { startWebhookStandIn } from '../../../src/dev/stand-ins/webhook/server.js';
import { startScenario } from '../../scenarios/support/start-scenario.js';
import { webhookDefinition } from '../../support/webhook.js';
import { describeRuns } from './describe-runs.js';

const secret = `whsec_${Buffer.from('planted-signing-secret-of-runs').toString('base64')}`;
const standIn = await startWebhookStandIn({
  ...{ method: 'POST', path: '/hook', body: 'rows', identifier: 'id', maxRows: 10 },
  headers: { authorization: 'Bearer planted-token' },
  secret,
});
afterAll(() => standIn.close());

describeRuns(await startScenario(), {
  definition: webhookDefinition({
    ...{ chunkSize: 10, requestTimeout: 3_000, secret: '${CRM_SIGNING_SECRET}' },
    headers: { authorization: 'Bearer ${CRM_TOKEN}' },
  }),
  environment: { WEBHOOK_URL: `${standIn.url}/hook`, CRM_TOKEN: 'planted-token', CRM_SIGNING_SECRET: secret },
  holdNext: () => standIn.setFaults({ hold: { next: 1 } }),
  held: () => standIn.held.size,
  release: () => void standIn.held.release(),
  poison: (...ids) => standIn.setFaults({ poisonedIds: ids }),
  refuseValue: (...ids) =>
    standIn.setFaults({ refusedAttributes: Object.fromEntries(ids.map((id) => [id, ['value']])) }),
  valueOf: (id, attribute) => Promise.resolve(standIn.contacts.get(id)?.[attribute]),
});
