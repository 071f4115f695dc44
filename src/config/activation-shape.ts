import { z } from 'zod';
import { defaultAlertConditions } from '../activation/alerts.js';
import { defaultRetryRejectedAfterMs } from '../activation/definitions.js';
import { defaultGuards } from '../activation/guards.js';
import { attributesShape } from './attributes-shape.js';
import { scheduleShape } from './schedule-shape.js';
import { columnName, duration, entityName, says, section } from './shape.js';

/** The entries of `activations.<name>`, as they are checked one by one. */
export const activationEntries = {
  previousName: entityName('loyalty').optional(),
  segment: z.string(says('must be the name of a segment', 'Write segment: and a name under segments.')),
  destination: z.string(says('must be the name of a destination', 'Write destination: and a name under destinations.')),
  identifier: columnName('Write the column that says which contact a row is, such as identifier: email.'),
  attributes: attributesShape,
  schedule: scheduleShape.default([]),
  resync: section({ every: duration('10s', '366d', '30d') }, 'Write resync: { every: 30d }.').optional(),
  sharedAttributes: z.boolean(says('must be true or false', 'Leave it out for false.')).default(false),
};

/** `activations.<name>` */
export const activationShape = section(
  activationEntries,
  'Write { segment: ..., destination: ..., identifier: ..., attributes: ... }.',
).transform(({ previousName, resync, schedule, sharedAttributes, ...rest }) => ({
  ...(previousName === undefined ? {} : { previousName }),
  ...rest,
  schedule,
  ...(resync === undefined ? {} : { resyncEveryMs: resync.every }),
  sharedAttributes,
  guards: defaultGuards,
  retryRejectedAfterMs: [...defaultRetryRejectedAfterMs],
  alerts: defaultAlertConditions,
}));
