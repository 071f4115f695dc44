import type { GuardSettings } from '../activation/guards.js';
import { onOrOff, percentageOrOff, section } from '../schema/shape.js';

/** `guards` of an activation or of the defaults; what is not written is inherited. */
export function guardsShape(inherited: GuardSettings) {
  return section(
    {
      emptySegment: onOrOff().default(inherited.emptySegment),
      gone: percentageOrOff('50%').default(inherited.gonePercent),
      nulled: percentageOrOff('50%').default(inherited.nulledPercent),
      changed: percentageOrOff('20%').default(inherited.changedPercent),
      duplicates: percentageOrOff('5%').default(inherited.duplicatesPercent),
    },
    'Write for example guards: { gone: 30%, changed: 20% }.',
  )
    .transform(({ emptySegment, gone, nulled, changed, duplicates }): GuardSettings => ({
      emptySegment,
      gonePercent: gone,
      nulledPercent: nulled,
      changedPercent: changed,
      duplicatesPercent: duplicates,
    }))
    .prefault({});
}
