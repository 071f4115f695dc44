import type { AlertChannelDefinition } from '../../activation/alerts.js';
import type { AlertMessage } from '../../activation/alert-message.js';
import { OutflowError } from '../../activation/errors.js';
import type { Environment } from '../../config/environment.js';
import { slackUrl, smtpUrl, webhookAccess } from '../../config/secrets.js';
import type { DeliveryFault } from './delivery-fault.js';
import { sendByEmail } from './email.js';
import { sendToSlack } from './slack.js';
import { sendToWebhook } from './webhook.js';

/** Sends the message once; undefined when the channel has taken it. A variable that is missing is a fault of the channel. */
export async function send(
  channel: AlertChannelDefinition,
  environment: Environment,
  message: AlertMessage,
): Promise<DeliveryFault | undefined> {
  try {
    switch (channel.type) {
      case 'webhook':
        return await sendToWebhook(webhookAccess(channel, environment), message, environment);
      case 'slack':
        return await sendToSlack(slackUrl(channel, environment), message, environment);
      case 'email':
        return await sendByEmail({ ...channel, url: smtpUrl(channel, environment) }, message);
    }
  } catch (error) {
    if (error instanceof OutflowError) return { text: error.message, ofMessage: false };
    throw error;
  }
}
