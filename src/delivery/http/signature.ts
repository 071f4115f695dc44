import { createHmac, randomUUID } from 'node:crypto';

/**
 * The headers that sign a call as Standard Webhooks say: over its id, the time in seconds and the bytes of its body. A call
 * without an id gets one of its own.
 */
export function signatureHeaders(
  key: Buffer,
  body: Buffer,
  id = `msg_${randomUUID()}`,
  nowMs = Date.now(),
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
