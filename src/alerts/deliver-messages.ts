import type { AlertChannelDefinition } from '../activation/alerts.js';
import type { Environment } from '../config/environment.js';
import { channelFailed, messageDelivered, messageRefused, takeMessage } from '../engine/alerts/alert-outbox.js';
import type { Engine } from '../engine/database/database.js';
import { send } from './channels/send.js';

/**
 * Delivers what waits for the channel, the oldest first, until nothing is due, the channel fails, or `signal` ends it after
 * the message under way. At least once: when the process dies after a delivery, another one repeats it.
 */
export async function deliverMessages(
  engine: Engine,
  channel: AlertChannelDefinition,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const message = await takeMessage(engine, channel.name);
    if (!message) return;
    const fault = await send(channel, environment, message.body);
    if (!fault) await messageDelivered(engine, message);
    else if (fault.ofMessage) await messageRefused(engine, message, fault.text);
    else return channelFailed(engine, message, fault.text);
  }
}
