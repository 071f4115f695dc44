/** Begins the log line of a worker that takes work from now on: whoever starts one may wait for it. */
export const READY_LINE = 'The worker serves Temporal';
