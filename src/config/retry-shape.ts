import { z } from 'zod';
import { durationOr, says, twoLines } from '../schema/shape.js';

const listRule = says(
  'must be a list of 1 to 10 intervals',
  'Write for example retryRejected: [next-run, 1h, 6h, 24h]; the last one repeats.',
);

/** `retryRejected` of an activation or of the defaults, in milliseconds; `next-run` is 0. */
export function retryRejectedShape(inherited: readonly number[]) {
  return z
    .array(durationOr('next-run', 0, ['1s', '366d'], '6h'), listRule)
    .min(1, listRule)
    .max(10, listRule)
    .superRefine((intervals, ctx) => {
      intervals.forEach((interval, i) => {
        if (i === 0 || interval >= intervals[i - 1]!) return;
        const message = twoLines(
          'is shorter than the interval before it',
          'Write them from the shortest to the longest.',
        );
        ctx.addIssue({ code: 'custom', path: [i], message });
      });
    })
    .default(() => [...inherited]);
}
