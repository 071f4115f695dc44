import { z } from 'zod';
import { isMap } from './maps.js';
import { isReference } from '../schema/references.js';
import { says, secretReference, section, twoLines } from '../schema/shape.js';
import { holdsPassword, isSmtpUrl, isWebhookUrl, withPlaceholders } from '../schema/urls.js';

const channelRemedy = 'Write for example { type: slack, url: "${SLACK_WEBHOOK_URL}" }.';

const webhookUrlRule = says(
  'must be an http(s) URL without credentials',
  'Write "${ALERT_URL}", or https://alerts.example.com/outflow; a ${VAR} may stand in it.',
);

const webhook = section(
  {
    type: z.literal('webhook'),
    url: z
      .string(webhookUrlRule)
      .refine((text) => isReference(text) || isWebhookUrl(withPlaceholders(text)), webhookUrlRule),
    secret: secretReference('secret', 'ALERT_SECRET'),
  },
  channelRemedy,
);

const slack = section(
  { type: z.literal('slack'), url: secretReference('address', 'SLACK_WEBHOOK_URL') },
  channelRemedy,
);

const smtpRemedy = 'Write "${SMTP_URL}", or smtp://user:${SMTP_PASSWORD}@smtp.example.com:587.';

const smtp = z.string(says('must be the URL of a mail server', smtpRemedy)).superRefine((text, ctx) => {
  if (isReference(text)) return;
  if (holdsPassword(text)) {
    ctx.addIssue({ code: 'custom', message: twoLines('holds a password in clear', smtpRemedy) });
  } else if (!isSmtpUrl(withPlaceholders(text))) {
    ctx.addIssue({ code: 'custom', message: twoLines('must be an smtp(s) URL', smtpRemedy) });
  }
});

const address = z.email(says('must be an e-mail address', 'Write for example crm@example.com.'));

const addressesRule = says('must be a list of e-mail addresses', 'Write for example to: [crm@example.com].');

const email = section(
  { type: z.literal('email'), smtp, from: address, to: z.array(address, addressesRule).min(1, addressesRule) },
  channelRemedy,
);

const channelSays = says('must be a map', channelRemedy);
const typeSays = says('must be one of webhook, slack, email', 'Write for example type: slack.');

/** `alerts.channels.<name>` */
export const alertChannelShape = z.discriminatedUnion('type', [webhook, slack, email], {
  // A type that is missing or unknown is reported with the whole channel as its input.
  error: ({ input }) => (isMap(input) ? typeSays.error({ input: input['type'] }) : channelSays.error({ input })),
});
