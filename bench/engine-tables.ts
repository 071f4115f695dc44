import { withClient } from './source-data.js';

/** Bytes of the lines that a run has stored to send them: new and changed contacts, before any compression. */
export function changedBytes(engineUrl: string, runId: number): Promise<number> {
  return firstNumber(
    engineUrl,
    `select sum(octet_length(data)) as number from outflow.change_chunk where run_id = $1 and kind = 'send'`,
    [runId],
  );
}

/** Which blocks are the base of an activation's snapshot: another number when they were written again. */
export function blockGeneration(engineUrl: string, activation: string): Promise<number> {
  return firstNumber(
    engineUrl,
    `select generation as number from outflow.snapshot join outflow.activation using (activation_id) where name = $1`,
    [activation],
  );
}

/** Runs since a moment that found so many contacts unchanged and nothing else. */
export function unchangedRunsSince(engineUrl: string, sinceMs: number, contacts: number): Promise<number> {
  return firstNumber(
    engineUrl,
    `select count(*) as number from outflow.run join outflow.run_diff using (run_id)
     where started_at >= to_timestamp($1::float8 / 1000) and outcome = 'completed' and unchanged = $2 and read = $2`,
    [sinceMs, contacts],
  );
}

function firstNumber(url: string, sql: string, values: unknown[]): Promise<number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ number: string | null }>(sql, values);
    return Number(rows[0]?.number ?? NaN);
  });
}
