import { noCounts, type RunCounts } from '../../../src/activation/run.js';

/** Figures of a run that are these, and zero for all others. */
export function counts(figures: Partial<RunCounts>): RunCounts {
  return { ...noCounts, ...figures };
}
