import fc from 'fast-check';

/** A random history of one activation: what happens to its source, its mapping, its runs, its requests and its destination. */
export interface Program {
  /** When a refused contact is due again. */
  retryAfterMs: number[];
  steps: Step[];
}

type Step =
  | { do: 'edit'; edits: Edit[] }
  | { do: 'map'; columns: number[] }
  | { do: 'run'; run: RunScript }
  | { do: 'deliver late requests' }
  | { do: 'poison'; poison: Poison }
  | { do: 'cure'; key: number }
  | { do: 'wait'; ms: number };

/** From now on the apps refuse the contact: whatever it is sent, or when it is sent this value. */
export interface Poison {
  key: number;
  by: ('ios' | 'android')[];
  only?: {
    column: number;
    value: number;
    /** Refused is this attribute, and the others of the contact are taken. */
    alone: boolean;
  };
}

export type Edit =
  | { row: 'put'; key: number; column: number; value: number }
  | { row: 'add'; key: number; values: number[] }
  | { row: 'remove'; key: number }
  | { row: 'duplicate'; key: number; column: number; value: number };

export interface RunScript {
  full: boolean;
  chunkRows: number;
  /** The process dies before the diff is published. */
  diesInDiff: boolean;
  /** A guard holds the run after its diff, until somebody decides. */
  held?: 'approved' | 'cancelled';
  /** What becomes of the first chunk, the second, ...; when they are used up, all goes well. */
  fates: Fate[];
  /** Whether the run closes when a chunk did not get through, or its process just ends and the next run takes over. */
  closes: boolean;
}

export type Fate =
  | { chunk: 'acknowledged'; refusals: Refusal[] }
  | { chunk: 'never attempted' }
  | { chunk: 'marked, then the process dies' }
  | { chunk: 'answer lost'; appliedBy: ('ios' | 'android')[] }
  | { chunk: 'held on the wire'; by: 'ios' | 'android' };

export interface Refusal {
  /** Modulo the rows of the chunk. */
  row: number;
  by: ('ios' | 'android')[];
  /** An attribute, modulo those that the row carries; left out, the whole contact. */
  attribute?: number;
}

const KEYS = 11;
const COLUMNS = 9;
const VALUES = 9;

const index = (below: number) => fc.nat({ max: below - 1 });

const add: fc.Arbitrary<Edit> = fc.record({
  row: fc.constant('add' as const),
  key: index(KEYS),
  values: fc.array(index(VALUES), { minLength: COLUMNS, maxLength: COLUMNS }),
});

const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      row: fc.constant('put' as const),
      key: index(KEYS),
      column: index(COLUMNS),
      value: index(VALUES),
    }),
  },
  { weight: 2, arbitrary: add },
  { weight: 2, arbitrary: fc.record({ row: fc.constant('remove' as const), key: index(KEYS) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      row: fc.constant('duplicate' as const),
      key: index(KEYS),
      column: index(COLUMNS),
      value: index(VALUES),
    }),
  },
);

const apps = fc.subarray(['ios', 'android'] as ('ios' | 'android')[], { minLength: 1 });

const refusal: fc.Arbitrary<Refusal> = fc.record(
  { row: index(4), by: apps, attribute: index(COLUMNS) },
  { requiredKeys: ['row', 'by'] },
);

const fate: fc.Arbitrary<Fate> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      chunk: fc.constant('acknowledged' as const),
      refusals: fc.array(refusal, { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ chunk: 'never attempted' as const }) },
  { weight: 1, arbitrary: fc.constant({ chunk: 'marked, then the process dies' as const }) },
  { weight: 2, arbitrary: fc.record({ chunk: fc.constant('answer lost' as const), appliedBy: apps }) },
  {
    weight: 1,
    arbitrary: fc.record({
      chunk: fc.constant('held on the wire' as const),
      by: fc.constantFrom('ios' as const, 'android' as const),
    }),
  },
);

const HOUR = 3_600_000;

const poison: fc.Arbitrary<Poison> = fc.record(
  {
    key: index(KEYS),
    by: apps,
    only: fc.record({ column: index(COLUMNS), value: index(VALUES), alone: fc.boolean() }),
  },
  { requiredKeys: ['key', 'by'] },
);

const run: fc.Arbitrary<RunScript> = fc.record(
  {
    full: fc.nat(9).map((n) => n === 0),
    chunkRows: fc.integer({ min: 1, max: 4 }),
    diesInDiff: fc.nat(11).map((n) => n === 0),
    fates: fc.array(fate, { maxLength: 4 }),
    closes: fc.boolean(),
    held: fc.constantFrom('approved' as const, 'cancelled' as const),
  },
  { requiredKeys: ['full', 'chunkRows', 'diesInDiff', 'fates', 'closes'] },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('edit' as const), edits: fc.array(edit, { minLength: 1, maxLength: 6 }) }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('run' as const), run }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('map' as const),
      columns: fc.subarray([0, 1, 2, 3, 4, 5, 6, 7, 8], { minLength: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'deliver late requests' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('poison' as const), poison }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cure' as const), key: index(KEYS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(HOUR, 6 * HOUR) }) },
);

/** A source without rows says little: it has some from the beginning. */
const begin: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('edit' as const),
  edits: fc.array(add, { minLength: 2, maxLength: 8 }),
});

export const program: fc.Arbitrary<Program> = fc.record({
  retryAfterMs: fc.constantFrom([0], [HOUR], [HOUR, 6 * HOUR], [0, HOUR, 6 * HOUR]),
  steps: fc.tuple(begin, fc.array(step, { minLength: 3, maxLength: 16 })).map(([first, rest]) => [first, ...rest]),
});
