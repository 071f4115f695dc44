/** How far an engine's database has come, as it tells Temporal before a run sends anything. */
export interface EnginePosition {
  /** The engine's identity. */
  engine: string;
  /** When its database was made, or was last found or said to be set back: milliseconds since 1970. */
  epoch: number;
  /** Runs that have begun to send, counted in the database. */
  sendings: number;
  /** The newest of these runs. */
  runId: number;
}

/** The one that came later: positions may arrive out of order. */
export function laterPosition(a: EnginePosition, b: EnginePosition): EnginePosition {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch ? a : b;
  return { ...a, sendings: Math.max(a.sendings, b.sendings), runId: Math.max(a.runId, b.runId) };
}
