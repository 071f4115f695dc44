import type { Report } from './report.js';

/**
 * A way to get Temporal's CLI onto this machine: leaves the executable in `folder` and returns its path.
 * @throws Error whose message says in a few words why it is not to be had this way.
 */
export type TemporalCliOrigin = (options: {
  folder: string;
  env: NodeJS.ProcessEnv;
  report: Report;
}) => Promise<string>;
