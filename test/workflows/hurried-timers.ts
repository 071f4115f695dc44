import type { WorkflowInterceptors } from '@temporalio/workflow';

const dayMs = 24 * 60 * 60 * 1000;

/** For workflows in a hurry: a timer of a day or more lasts 100 milliseconds. */
export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      startTimer: (input, next) => next({ ...input, durationMs: input.durationMs >= dayMs ? 100 : input.durationMs }),
    },
  ],
});
