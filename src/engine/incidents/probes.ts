import type { ErrorReport } from '../../activation/errors.js';
import type { Engine } from '../database/database.js';

const LONGEST_WAIT_MINUTES = 30;

/** SQL for the time of the next probe after so many: in 1, 2, 4 ... 30 minutes. `probes`: an expression. */
export function afterProbes(probes: string): string {
  return `clock_timestamp() + make_interval(mins => least(${LONGEST_WAIT_MINUTES}, power(2, least(${probes}, 10)))::int)`;
}

/** Records a probe of an open incident's culprit, with what it met; null: the culprit answered. */
export async function recordProbe(engine: Engine, incidentId: number, met: ErrorReport | null): Promise<void> {
  await engine.db.raw(
    `update outflow.incident set probes = probes + 1, last_probe_at = clock_timestamp(), last_probe = :met,
       next_probe_at = ${afterProbes('probes + 1')}
     where incident_id = :incidentId and closed_at is null`,
    { incidentId, met: met && JSON.stringify(met) },
  );
}
