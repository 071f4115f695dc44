import { decodeField, endOfField, NEWLINE } from '../../lines/format.js';
import { type AttributeRule, type InvalidValueReason, isInvalid } from '../../activation/rendering.js';
import type { Layout } from '../../activation/layout.js';
import type { Engine } from '../../engine/database/database.js';
import { isOwed } from '../diff/compare-rows.js';
import { endOfKey } from '../../lines/keys.js';
import { readSnapshot } from './effective.js';
import { openSnapshot } from './snapshot.js';

/** A value that the destination cannot hold and that stands in the snapshot until it changes. */
export interface InvalidValue {
  identifier: string;
  attribute: string;
  reason: InvalidValueReason;
}

/** All invalid values of an activation, in the order of their identifiers: one pass over the snapshot. */
export async function* listInvalidValues(
  engine: Engine,
  activationId: number,
  layout: Layout,
  rules: readonly AttributeRule[],
): AsyncGenerator<InvalidValue> {
  const view = await openSnapshot(engine, { activationId, runId: 0 }, 'this run too');
  try {
    if (view.standingInvalidValues(layout).every((count) => count === 0)) return;
    for await (const lines of readSnapshot(view.parts(), layout)) {
      for (let start = 0; start < lines.length;) {
        const end = lines.indexOf(NEWLINE, start) + 1;
        yield* invalidValuesOf(lines.subarray(start, end), layout, rules);
        start = end;
      }
    }
  } finally {
    view.close();
  }
}

function* invalidValuesOf(line: Buffer, layout: Layout, rules: readonly AttributeRule[]): Generator<InvalidValue> {
  const keyEnd = endOfKey(line, 0);
  let at = keyEnd + 1;
  for (const [column, rule] of rules.entries()) {
    const fieldEnd = endOfField(line, at, line.length);
    const verdict = isOwed(line, at, fieldEnd) ? 'skip' : rule.classify(line, at, fieldEnd);
    if (isInvalid(verdict)) {
      yield {
        identifier: decodeField(line, 0, keyEnd) ?? '',
        attribute: layout.columns[column]!.attribute,
        reason: verdict,
      };
    }
    at = fieldEnd + 1;
  }
}
