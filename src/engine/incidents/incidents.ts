import type { Knex } from 'knex';
import type { Culprit } from '../../activation/culprit.js';
import type { ErrorReport } from '../../activation/errors.js';

/** A culprit that is at fault, until it answers: the activations that stand on it are paused meanwhile. */
export interface OpenIncident extends Culprit {
  incidentId: number;
  /** What the run met that opened it. */
  error: ErrorReport;
  runId: number;
  since: Date;
  /** So far, with those of an incident that it followed soon. */
  probes: number;
  /** Absent before the first probe. */
  lastProbe?: { at: Date; error: ErrorReport };
  nextProbeAt: Date;
  /** Names of the activations that it has paused, in order; none that somebody has paused. */
  activations: string[];
}

/** An incident as the workflow that probes its culprit needs it. */
export interface IncidentState extends Culprit {
  incidentId: number;
  isClosed: boolean;
  /** Whether activations wait for their schedule and their run to be started, after its end or before. */
  hasToCatchUp: boolean;
  /** 0 when the next probe is due. */
  nextProbeInMs: number;
}

export interface IncidentRow {
  incident_id: number;
  kind: Culprit['kind'];
  name: string;
  error: ErrorReport;
  run_id: number;
  opened_at: Date;
  probes: number;
  last_probe_at: Date | null;
  last_probe: ErrorReport | null;
  next_probe_at: Date;
  closed_at: Date | null;
  closed_by: ClosedBy | null;
  resumed: string[] | null;
}

/**
 * What ended an incident: its culprit answered a probe or `outflow check`, or nothing is paused by it any more, because
 * somebody has resumed or paused all of it, or it stands on something else now.
 */
export type ClosedBy = 'probe' | 'check' | 'resume' | 'obsolete';

/** Those that are open, the oldest first. */
export async function openIncidents(db: Knex): Promise<OpenIncident[]> {
  const { rows } = await db.raw<{ rows: (IncidentRow & { activations: string[] })[] }>(
    `select i.*, array(
       select a.name from outflow.activation a
       where a.paused_by_incident = i.incident_id and a.removed_at is null order by a.name) as activations
     from outflow.incident i where i.closed_at is null order by i.incident_id`,
  );
  return rows.map((row) => ({
    incidentId: row.incident_id,
    kind: row.kind,
    name: row.name,
    error: row.error,
    runId: row.run_id,
    since: row.opened_at,
    probes: row.probes,
    ...(row.last_probe_at && row.last_probe && { lastProbe: { at: row.last_probe_at, error: row.last_probe } }),
    nextProbeAt: row.next_probe_at,
    activations: row.activations,
  }));
}

/** undefined when there is none, as in a database that was set up anew. */
export async function readIncident(db: Knex, incidentId: number): Promise<IncidentState | undefined> {
  const { rows } = await db.raw<{ rows: IncidentState[] }>(
    `select i.incident_id as "incidentId", i.kind, i.name, i.closed_at is not null as "isClosed",
       exists (select from outflow.activation a where a.to_catch_up_after = i.incident_id) as "hasToCatchUp",
       greatest(0, ceil(extract(epoch from i.next_probe_at - clock_timestamp()) * 1000))::bigint as "nextProbeInMs"
     from outflow.incident i where i.incident_id = ?`,
    [incidentId],
  );
  return rows[0];
}

/** Names of the activations that the incident keeps paused, in order. */
export function pausedByIncident(db: Knex, incidentId: number): Promise<string[]> {
  return db<{ name: string; paused_by_incident: number; removed_at: Date | null }>('outflow.activation')
    .where({ paused_by_incident: incidentId, removed_at: null })
    .orderBy('name')
    .pluck('name');
}
