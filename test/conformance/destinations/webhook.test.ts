import { describe } from 'vitest';
import { startWebhookStandIn } from '../../../src/dev/stand-ins/webhook/server.js';
import { webhookDefinition } from '../../support/webhook.js';
import { describeDestination } from './describe-destination.js';
import { CALL_ROWS, type SentRow } from './under-test.js';

const signingSecret = (fill: string): string => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
const secrets = { CRM_TOKEN: 'token-abc', CRM_SIGNING_SECRET: signingSecret('abc') };

describe.each([
  { body: 'rows', values: 'changed', identifier: 'id' },
  { body: 'row', values: 'whole', identifier: 'e-mail' },
] as const)('$values values, calls of $body', ({ body, values, identifier }) => {
  describeDestination({
    secrets,
    wrongSecrets: { CRM_TOKEN: 'token-xyz', CRM_SIGNING_SECRET: signingSecret('xyz') },
    definition: (url, callsPerSecond = 0) =>
      webhookDefinition({
        ...{ url, body, values, identifier, chunkSize: CALL_ROWS },
        ...(callsPerSecond > 0 && { callsPerSecond }),
        headers: { authorization: 'Bearer ${CRM_TOKEN}' },
        secret: '${CRM_SIGNING_SECRET}',
      }),
    async start() {
      const path = '/hooks/contacts?from=outflow';
      const standIn = await startWebhookStandIn({
        ...{ method: 'POST', path, body, identifier, maxRows: CALL_ROWS },
        headers: { authorization: `Bearer ${secrets.CRM_TOKEN}` },
        secret: secrets.CRM_SIGNING_SECRET,
      });
      return {
        url: `${standIn.url}${path}`,
        poison: (...ids) => standIn.setFaults({ poisonedIds: ids }),
        refuseRows: (...ids) => standIn.setFaults({ refusedIds: ids }),
        refuseAttribute: (attribute, ...ids) =>
          standIn.setFaults({ refusedAttributes: Object.fromEntries(ids.map((id) => [id, [attribute]])) }),
        valuesOf: (id) => Promise.resolve(standIn.contacts.get(id)),
        close: () => standIn.close(),
      };
    },
    rowsOf(text) {
      const { rows, ...row } = JSON.parse(text) as { rows?: Record<string, unknown>[] } & Record<string, unknown>;
      return (rows ?? [row]).map((each) => ({ id: each[identifier], values: each['values'] }) as SentRow);
    },
    goodIdentifiers: ['a', 'jane@example.com', '李', 'null', 'x'.repeat(1024), '\\N'],
    badIdentifiers: { empty_identifier: [''], identifier_too_long: ['x'.repeat(1025)] },
    goodNames: ['tier', 'Tier', 'first name', 'a"b'],
    badNames: [],
  });
});
