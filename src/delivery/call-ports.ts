import type { SentRows, Target } from '../destinations/destination.js';
import type { BodyRule } from '../destinations/kit/body-rule.js';
import { endOfField } from '../lines/format.js';
import type { DeliveryInput } from './deliver.js';
import type { ReachedDestination } from './kept-destinations.js';

export interface CallsOfChunk {
  reached: ReachedDestination;
  /** The activation's name. */
  activation: string;
  /** Names the chunk among all chunks of all runs. */
  key: string;
  rows: SentRows;
  /** Of the chunk's columns. */
  rules: readonly BodyRule[];
  /** Called before each request that leaves. */
  onPost: () => void;
}

/** How the rows of a chunk become calls of its destination, and answers to them verdicts. */
export function callPorts({ reached, activation, key, rows, rules, onPost }: CallsOfChunk) {
  const { destination, name, service } = reached;
  const sending = (target: string, from: number, to: number) => ({
    target: targetOf(reached, target),
    rules,
    rows,
    from,
    to,
    key: `${key}/${target}/${from}-${to}`,
    activation,
  });
  return {
    destination: { name, service },
    sends(row, column) {
      const rule = rules[column];
      if (rule === undefined) return false;
      return (
        rows.carries(row, column) || (destination.traits.carries === 'whole' && isSendable(rule, rows, row, column))
      );
    },
    callFor: (target, from, to) => destination.call(sending(target, from, to)),
    async post({ target, from, to, call }) {
      onPost();
      const answer = await reached.send({ ...call, body: call.body.bytes });
      if ('unanswered' in answer) return { kind: 'unavailable', reason: answer.unanswered };
      return destination.judge(sending(target, from, to), answer);
    },
  } satisfies Partial<DeliveryInput>;
}

/** Tells if the value that stands in the row's line is one that is sent. */
function isSendable(rule: BodyRule, rows: SentRows, row: number, column: number): boolean {
  let start = endOfField(rows.data, rows.lineStart(row), rows.data.length) + 1;
  for (let before = 0; before < column; before++) start = endOfField(rows.data, start, rows.data.length) + 1;
  const end = endOfField(rows.data, start, rows.data.length);
  return rule.classify(rows.data, start, end) === 'send';
}

export function targetOf({ destination }: ReachedDestination, name: string): Target {
  return destination.targets.find((target) => target.name === name)!;
}
