import type { AlertMessage } from '../../activation/alert-message.js';
import { alertDetails } from '../alert-text.js';
import type { DeliveryFault } from './delivery-fault.js';
import { postJson } from './post.js';

/** Posts the message in words. `url`: of an incoming webhook. */
export function sendToSlack(url: string, message: AlertMessage): Promise<DeliveryFault | undefined> {
  const [summary, ...details] = [message.summary, ...alertDetails(message)].map(escapeText);
  return postJson(url, JSON.stringify({ text: [`*${summary ?? ''}*`, ...details].join('\n') }));
}

/** The three characters that Slack's text gives a meaning of their own: https://docs.slack.dev/messaging/formatting-message-text */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
