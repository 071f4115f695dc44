import type { AlertConditions } from '../activation/alerts.js';
import { durationOrOff, onOrOff, percentageOrOff, section } from '../schema/shape.js';

const limits: [string, string] = ['1m', '366d'];

/** `alerts.when`, or `alerts` of an activation; what is not written is inherited. */
export function alertConditionsShape(inherited: AlertConditions) {
  return section(
    {
      failed: onOrOff().default(inherited.failed),
      held: onOrOff().default(inherited.held),
      paused: onOrOff().default(inherited.paused),
      setBack: onOrOff().default(inherited.setBack),
      zeroRows: onOrOff().default(inherited.zeroRows),
      rejectedAbove: percentageOrOff('1%').default(inherited.rejectedAbovePercent),
      invalidAbove: percentageOrOff('5%').default(inherited.invalidAbovePercent),
      longerThan: durationOrOff(limits, '2h').default(inherited.longerThanMs),
      staleAfter: durationOrOff(limits, '26h').default(inherited.staleAfterMs),
    },
    'Write for example { staleAfter: 26h, rejectedAbove: off }.',
  )
    .transform(({ rejectedAbove, invalidAbove, longerThan, staleAfter, ...switches }): AlertConditions => ({
      ...switches,
      rejectedAbovePercent: rejectedAbove,
      invalidAbovePercent: invalidAbove,
      longerThanMs: longerThan,
      staleAfterMs: staleAfter,
    }))
    .prefault({});
}
