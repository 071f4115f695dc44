import { availableParallelism, loadavg } from 'node:os';

/** A build server has slow disks, and neighbours that its load average does not show. */
const CI_PATIENCE = 3;
const MOST_FOR_LOAD = 10;

/**
 * A deadline that an idle machine of two cores never comes near, stretched: by OUTFLOW_TEST_PATIENCE (1 where it is not
 * set, 3 in CI) and by the load of this machine as it is now. All deadlines of tests go through here, because one that
 * passes says nothing of the code: it only ends what would hang.
 */
export function stretched(ms: number): number {
  return Math.round(ms * askedFor() * forLoad());
}

function askedFor(): number {
  const given = process.env['OUTFLOW_TEST_PATIENCE'];
  if (!given) return process.env['CI'] ? CI_PATIENCE : 1;
  const patience = Number(given);
  if (!(patience > 0)) throw new Error(`OUTFLOW_TEST_PATIENCE is a number above 0, such as 3, and not "${given}".`);
  return patience;
}

/** 1 on an idle machine, 2 where each core has one process that waits for it or runs. */
function forLoad(): number {
  return Math.min(1 + loadavg()[0]! / availableParallelism(), MOST_FOR_LOAD);
}
