import { z } from 'zod';
import type { ActivationDefinition } from '../activation/definitions.js';
import { alertConditionsShape } from './alert-conditions-shape.js';
import { attributesShape } from './attributes-shape.js';
import { guardsShape } from './guards-shape.js';
import { retryRejectedShape } from './retry-shape.js';
import { scheduleShape } from './schedule-shape.js';
import { columnName, duration, entityName, says, section } from '../schema/shape.js';

/** What an activation has when it does not say otherwise. */
export type InheritedSettings = Pick<ActivationDefinition, 'guards' | 'retryRejectedAfterMs' | 'alerts'>;

/** `activations.<name>` */
export function activationShape(inherited: InheritedSettings) {
  return section(
    {
      previousName: entityName('loyalty').optional(),
      segment: z.string(says('must be the name of a segment', 'Write segment: and a name under segments.')),
      destination: z.string(
        says('must be the name of a destination', 'Write destination: and a name under destinations.'),
      ),
      identifier: columnName('Write the column that says which contact a row is, such as identifier: email.'),
      attributes: attributesShape,
      schedule: scheduleShape.default([]),
      resync: section({ every: duration('10s', '366d', '30d') }, 'Write resync: { every: 30d }.').optional(),
      sharedAttributes: z.boolean(says('must be true or false', 'Leave it out for false.')).default(false),
      guards: guardsShape(inherited.guards),
      retryRejected: retryRejectedShape(inherited.retryRejectedAfterMs),
      alerts: alertConditionsShape(inherited.alerts),
    },
    'Write { segment: ..., destination: ..., identifier: ..., attributes: ... }.',
  ).transform(({ previousName, resync, retryRejected, ...rest }) => ({
    ...(previousName === undefined ? {} : { previousName }),
    ...rest,
    ...(resync === undefined ? {} : { resyncEveryMs: resync.every }),
    retryRejectedAfterMs: retryRejected,
  }));
}
