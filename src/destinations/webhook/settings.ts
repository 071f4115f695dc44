import { z } from 'zod';
import { isReference, referencesIn } from '../../schema/references.js';
import { choice, says, secretReference, twoLines } from '../../schema/shape.js';
import { isWebhookUrl, withPlaceholders } from '../../schema/urls.js';
import { callsPerSecond, sendingSettings } from '../kit/sending-settings.js';

const MAX_CONTACTS_A_CALL = 1_000;

/** What most services take unasked. At 1, 36,000 contacts in calls of one row would take ten hours. */
const CALLS_PER_SECOND = 10;

const urlRule = says(
  'must be an http(s) URL without a user and a password',
  'Write url: https://hooks.example.com/contacts; a ${VAR} may stand in it.',
);
const url = z.string(urlRule).refine((text) => isReference(text) || isWebhookUrl(withPlaceholders(text)), urlRule);

/** Headers that each call has of its own, or that belong to the connection. */
const ownHeaders = new Set([
  ...['content-type', 'content-length', 'host', 'connection', 'transfer-encoding', 'expect', 'upgrade'],
  ...['webhook-id', 'webhook-timestamp', 'webhook-signature'],
]);
const isHeaderName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const isSecretHeader = /auth|cookie|key|password|secret|token/;

const headersRule = says('must be a map of headers', 'Write headers: { authorization: "Bearer ${CRM_TOKEN}" }.');
const headerRule = says('must be the text of a header', 'Write a text; ${VAR} may stand in it.');

/** Header to text, in which `${VAR}` may stand. Names are in lower case afterwards. */
const headers = z.record(z.string(), z.string(headerRule), headersRule).transform((written, ctx) => {
  const lowered = Object.entries(written).map(([name, text]) => ({ name, lower: name.toLowerCase(), text }));
  const fault = (name: string, rule: string, remedy: string): void =>
    ctx.addIssue({ code: 'custom', path: [name], message: twoLines(rule, remedy) });
  lowered.forEach(({ name, lower, text }, i) => {
    if (!isHeaderName.test(lower)) fault(name, 'is no name of a header', 'Write a name such as x-team.');
    else if (ownHeaders.has(lower)) fault(name, 'is set by Outflow itself', 'Remove it.');
    else if (lowered.findIndex((each) => each.lower === lower) < i) fault(name, 'stands twice', 'Remove one of them.');
    else if (isSecretHeader.test(lower) && referencesIn(text).length === 0) {
      fault(
        name,
        'must hold a ${VAR}, never the secret itself',
        `Write ${name}: "\${CRM_TOKEN}", and set that variable.`,
      );
    }
  });
  return Object.fromEntries(lowered.map(({ lower, text }) => [lower, text]));
});

/** Members of a row, or of the body, that the name of the identifier must not be. */
const ownMembers = ['activation', 'rows', 'values'];
const identifierRule = says(
  `must be the name of a member of a row, other than ${ownMembers.join(', ')}`,
  'Leave it out for id.',
);
const identifier = z.string(identifierRule).refine((name) => name !== '' && !ownMembers.includes(name), identifierRule);

export const settings = {
  url,
  method: choice(['POST', 'PUT', 'PATCH'], 'Leave it out for POST.').default('POST'),
  headers: headers.default({}),
  secret: secretReference('signing secret', 'CRM_SIGNING_SECRET').optional(),
  body: choice(['rows', 'row'], 'Leave it out for rows: a list of them. Write row for one row a call.').default('rows'),
  values: choice(
    ['changed', 'whole'],
    'Leave it out for changed: the attributes that changed. Write whole for all that are mapped.',
  ).default('changed'),
  identifier: identifier.default('id'),
  ...sendingSettings('Webhook', MAX_CONTACTS_A_CALL),
  callsPerSecond: callsPerSecond(CALLS_PER_SECOND),
};
