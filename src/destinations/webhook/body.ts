import type { Sending } from '../destination.js';
import type { Body } from '../kit/body.js';
import { rowsBody } from '../kit/rows-body.js';

export interface BodyShape {
  /** A list of rows, or one row a call. */
  body: 'rows' | 'row';
  /** The attributes that changed, or all that are mapped. */
  values: 'changed' | 'whole';
  /** Name of the member that holds the identifier. */
  identifier: string;
}

/**
 * `{"activation":"loyalty","rows":[{"id":"c-1","values":{"tier":"gold"}}]}`, or of one row
 * `{"activation":"loyalty","id":"c-1","values":{"tier":"gold"}}`.
 */
export function buildBody({ body, values, identifier }: BodyShape, sending: Sending): Body {
  const activation = `{"activation":${JSON.stringify(sending.activation)},`;
  const id = `${JSON.stringify(identifier)}:`;
  const template =
    body === 'rows'
      ? { open: `${activation}"rows":[`, beforeIdentifier: `{${id}`, afterFields: '}}', close: ']}' }
      : { open: activation, beforeIdentifier: id, afterFields: '}', close: '}' };
  return rowsBody({ ...template, beforeFields: ',"values":{' }, values)(sending);
}

/** A call of nobody, in both forms: its answer says whether calls are let in. */
export const NOBODY = '{"rows":[]}';
