/** What a benchmark was asked to measure. */
export interface BenchOptions {
  /** Contacts of the segment. */
  size: number;
  /** Of each measurement; its median counts. */
  repeats: number;
  /** Measured, in this order. */
  names: string[];
  json: boolean;
  /** Compares with the committed ratios. */
  short: boolean;
  /** Writes what is committed. */
  write: boolean;
  /** The build that is measured. */
  dist: string;
}
