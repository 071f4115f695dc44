/** A row of the table `activation`, as statements of the engine read it. */
export interface ActivationRow {
  activation_id: number;
  name: string;
  removed_at: Date | null;
  paused_at: Date | null;
  paused_by: string | null;
  pause_reason: string | null;
  /** Of the open incident that has paused it; null when it is not paused, or was paused by somebody. */
  paused_by_incident: number | null;
  /** Of the incident that had paused it, until its schedule goes on and its run is started. */
  to_catch_up_after: number | null;
}
