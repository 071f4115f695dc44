import type { AppOptions } from './app.js';
import { parseFaults, type Faults } from './faults.js';
import { count, flag, listOf, mapOf, oneOf, record, text } from '../kit/shape.js';

export interface StandInOptions {
  /** On 127.0.0.1. Default: 0, a free one. */
  port?: number;
  /** The company's REST key, expected in `X-Authorization`. */
  restKey: string;
  /** The apps by API key. */
  apps: Record<string, AppOptions>;
  /** How long after its answer an accepted write shows. Default: 20. */
  applyDelayMs?: number;
  /** Updates of custom IDs that an app does not know make contacts of them, instead of being ignored. Default: false. */
  keepUnknown?: boolean;
  /** The status of an accepted update. Default: 202. */
  successStatus?: 200 | 202;
  /** How many requests the log keeps. Default: 1000. */
  logCapacity?: number;
  /** Whether the log keeps the bodies too. Default: false. */
  keepBodies?: boolean;
  /** Fault switches that are on from the start. Default: none. */
  faults?: Faults;
}

const shapeOfOptions = record(
  { restKey: text, apps: mapOf(record({}, { contacts: listOf(text), feature: flag })) },
  {
    port: count,
    applyDelayMs: count,
    keepUnknown: flag,
    successStatus: oneOf(200, 202),
    logCapacity: count,
    keepBodies: flag,
    faults: parseFaults,
  },
);

/** Takes options that came in as JSON; throws a ShapeError at an unknown or impossible one. */
export function parseOptions(value: unknown): StandInOptions {
  shapeOfOptions(value, 'config');
  return value as StandInOptions;
}
