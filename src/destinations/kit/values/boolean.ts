import { endsField } from '../../../lines/format.js';
import { CANNOT_TELL, sent, type ValueRule } from './value-rule.js';

/** true or false. */
export function booleanRule(): ValueRule {
  return {
    type: 'boolean',
    policies: [],
    render: (text) => sent(text === 't' ? 'true' : 'false'),
    endIfSent: endOfBoolean,
    writeJson: (line, start, _, into) => {
      const json = line[start] === TRUE ? JSON_TRUE : JSON_FALSE;
      into.append(json, 0, json.length);
      return true;
    },
  };
}

const TRUE = 116;
const FALSE = 102;
const JSON_TRUE = Buffer.from('true');
const JSON_FALSE = Buffer.from('false');

/** PostgreSQL writes `t` or `f`. */
export function endOfBoolean(line: Buffer, start: number): number {
  const isBoolean = line[start] === TRUE || line[start] === FALSE;
  return isBoolean && endsField(line[start + 1]) ? start + 1 : CANNOT_TELL;
}
