import type { AlertMessage } from '../../activation/alert-message.js';
import type { Environment } from '../../config/environment.js';
import { alertDetails } from '../alert-text.js';
import type { DeliveryFault } from './delivery-fault.js';
import { postJson } from './post.js';

/**
 * Posts the message in words. `url`: of an incoming webhook, which answers a message that it has taken with `ok`:
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export function sendToSlack(
  url: string,
  message: AlertMessage,
  environment: Environment,
): Promise<DeliveryFault | undefined> {
  const [summary, ...details] = [message.summary, ...alertDetails(message)].map(escapeText);
  const body = JSON.stringify({ text: [`*${summary ?? ''}*`, ...details].join('\n') });
  return postJson({ url, body, isTaken: (answer) => answer.trim() === 'ok' }, environment);
}

/** The three characters that Slack's text gives a meaning of their own: https://docs.slack.dev/messaging/formatting-message-text */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
