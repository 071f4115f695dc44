import type { RunHold } from '../activation/run.js';
import { instant } from './words.js';

/** Who has approved a hold, and when; undefined when nobody has. */
export function approvalText({ name, approved }: RunHold): string | undefined {
  return (
    approved &&
    `${name} was approved at ${instant(approved.at)}${approved.by === undefined ? '' : ` by ${approved.by}`}`
  );
}
