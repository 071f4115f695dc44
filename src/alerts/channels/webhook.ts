import { createHmac } from 'node:crypto';
import type { AlertMessage } from '../../activation/alert-message.js';
import type { Environment } from '../../config/environment.js';
import type { DeliveryFault } from './delivery-fault.js';
import { postJson } from './post.js';

/**
 * Posts the message as JSON. The receiver knows it by its id, whatever the number of repeats, and trusts it by the HMAC-SHA256
 * of `<timestamp>.<body>`: the timestamp (seconds) is signed, too, so that it can refuse old ones.
 */
export function sendToWebhook(
  { url, secret }: { url: string; secret: string },
  message: AlertMessage,
  environment: Environment,
): Promise<DeliveryFault | undefined> {
  const body = JSON.stringify(message);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  const headers = {
    'x-outflow-delivery': message.id,
    'x-outflow-timestamp': timestamp,
    'x-outflow-signature': `sha256=${signature}`,
  };
  return postJson({ url, body, headers }, environment);
}
