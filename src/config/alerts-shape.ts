import { z } from 'zod';
import { type AlertChannelDefinition, defaultAlertConditions } from '../activation/alerts.js';
import { alertChannelShape } from './alert-channel-shape.js';
import { alertConditionsShape } from './alert-conditions-shape.js';
import { entityName, says, section } from '../schema/shape.js';

const channels = z
  .record(
    entityName('ops'),
    alertChannelShape,
    says('must be a map of names', 'Write channels: { ops: { type: slack, url: "${SLACK_WEBHOOK_URL}" } }.'),
  )
  .transform((written): Record<string, AlertChannelDefinition> =>
    Object.fromEntries(Object.entries(written).map(([name, channel]) => [name, { name, ...channel }])),
  );

/** `alerts`: where alerts go, and what every activation sends them for that does not say otherwise. */
export const alertsShape = section(
  { channels: channels.default({}), when: alertConditionsShape(defaultAlertConditions) },
  'Leave it out, or write { channels: ..., when: ... }.',
);
