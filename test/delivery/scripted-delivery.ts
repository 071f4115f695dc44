import type { DeliveryInput } from '../../src/delivery/deliver.js';
import type { DeliveryProgress } from '../../src/delivery/delivery-progress.js';
import type { RowsCall, Verdict } from '../../src/destinations/destination.js';
import type { Body } from '../../src/destinations/kit/body.js';

export type Script = (target: string, from: number, to: number, nth: number) => Verdict | Promise<Verdict>;

export interface ScriptedDelivery {
  input: DeliveryInput;
  /** What happened, in order: `pace ios`, `mark`, `post ios 0-10`, `save`, `sleep 5000`, `slow ios`. */
  log: string[];
  /** Only the posts: `ios 0-10`. */
  posts: string[];
  /** As saved last, through JSON. */
  saved: DeliveryProgress;
  /** A clock that only sleeping (and the script) moves. */
  clock: { ms: number };
  withdraw(): void;
}

export const accepted: Verdict = { kind: 'taken' };
export const malformed: Verdict = { kind: 'refused', refusal: { status: 400, code: 'MALFORMED_PARAMETER 31' } };

/** A body whose memory is used for something else once it is given back. */
export function bodyIn(text: string): Body {
  const bytes = Buffer.from(text);
  return { bytes, release: () => bytes.fill('another body') };
}

/** A call with this body. */
export function callWith(body: Body): RowsCall {
  return { method: 'POST', url: { base: 'https://api.example.com', path: '' }, headers: {}, body };
}

/** A delivery of `rows` to a destination that answers by script, under a clock that does not run by itself. */
export function scripted(rows: number, script: Script, changes: Partial<DeliveryInput> = {}): ScriptedDelivery {
  let withdrawn = false;
  const delivery: ScriptedDelivery = {
    log: [],
    posts: [],
    saved: {},
    clock: { ms: 0 },
    withdraw: () => (withdrawn = true),
    input: {
      destination: { name: 'app', service: 'Batch' },
      failuresBefore: 0,
      rows,
      targets: ['ios'],
      progress: {},
      limits: { maxRejectedPerChunk: 100, callRows: 10_000, callBytes: 1000, busyForMs: 120_000, budgetMs: 60_000 },
      callFor: (_target, from, to) => callWith(bodyIn(JSON.stringify([from, to]))),
      sends: (_row, column) => column < 2,
      attributesOf: () => ['tier'],
      post: ({ target: app, call }) => {
        const [from, to] = JSON.parse(call.body.bytes.toString().trim()) as [number, number];
        delivery.log.push(`post ${app} ${from}-${to}`);
        delivery.posts.push(`${app} ${from}-${to}`);
        return Promise.resolve(script(app, from, to, delivery.posts.length));
      },
      pace: (app) => {
        delivery.log.push(`pace ${app}`);
        return Promise.resolve({ kind: 'go', waitMs: 0 });
      },
      slowDown: (app) => {
        delivery.log.push(`slow ${app}`);
        return Promise.resolve();
      },
      mark: () => {
        delivery.log.push('mark');
        return Promise.resolve();
      },
      save: (progress) => {
        delivery.log.push('save');
        delivery.saved = JSON.parse(JSON.stringify(progress)) as DeliveryProgress;
        return Promise.resolve();
      },
      sleep: (ms) => {
        delivery.log.push(`sleep ${ms}`);
        delivery.clock.ms += ms;
        return Promise.resolve();
      },
      withdrawn: () => withdrawn,
      now: () => delivery.clock.ms,
      ...changes,
    },
  };
  return delivery;
}

/** Refuses every call that holds one of these rows. */
export function refusing(...rows: number[]): Script {
  return (_app, from, to) => (rows.some((row) => row >= from && row < to) ? malformed : accepted);
}
