/**
 * How old the mark of an attempt may be when its request leaves, milliseconds. A sender whose mark is older marks again, and
 * a takeover waits this long, beside the request's deadline, after the last mark that it finds: were the second shorter than
 * the first, a request of a process that had been stopped could arrive after one of the run that took over.
 */
export const MARK_FRESH_MS = 2_000;
