import { expect, test } from 'vitest';
import { type Contact, diffOf, nameAndTier, owed } from '../diff-fixture.js';

/** What the guards look at, of a snapshot and a segment. */
const figuresOf = async (snapshot: readonly Contact[], segment: readonly Contact[], attributes = nameAndTier) => {
  const { known, gone, differing, nulled } = (await diffOf({ snapshot, segment, attributes })).figures;
  return { known, gone, differing, nulled };
};
const few: Contact[] = [
  ['a', 'Ann', 'gold'],
  ['b', 'Ben', 'gold'],
  ['c', 'Cid', 'gold'],
];
const calm = { known: 3, gone: 0, differing: 0, nulled: [0, 0] };

test('contacts of the snapshot are counted once, whatever becomes of them', async () => {
  expect(await figuresOf(few, few)).toEqual(calm);
  expect(await figuresOf(few, [])).toEqual({ ...calm, gone: 3 });
  expect(await figuresOf(few, [['a', 'Anna', 'gold'], few[1]!, ['d', 'Dan', 'gold']])).toEqual({
    ...calm,
    gone: 1,
    differing: 1,
  });
  expect(await figuresOf([], few)).toEqual({ ...calm, known: 0 });
});

test('a contact whose identifier comes twice is known, and neither gone nor changed', async () => {
  expect(await figuresOf(few, [few[0]!, ['b', 'Beatrice', null], few[1]!, few[2]!])).toEqual(calm);
});

test('what is only owed does not count as changed, nor as turning null', async () => {
  expect(await figuresOf(few.with(1, ['b', owed, owed]), few.with(1, ['b', null, 'silver']))).toEqual(calm);
  expect(await figuresOf(few.with(1, ['b', owed, 'gold']), few.with(1, ['b', null, 'silver']))).toEqual({
    ...calm,
    differing: 1,
  });
});

test('a value turns null when the destination is sent null: as a null, an empty text, or one that is too long and cleared', async () => {
  const cleared = [nameAndTier[0]!, { attribute: 'tier', column: 'text', onTooLong: 'clear' as const }];
  const turning: Contact[] = [
    ['a', null, 'gold'],
    ['b', '', 'x'.repeat(65)],
    ['c', 'Cid', null],
  ];
  expect(await figuresOf(few, turning, cleared)).toEqual({ ...calm, differing: 3, nulled: [2, 2] });
  expect(await figuresOf(turning, turning, cleared), 'once').toEqual(calm);
  expect(await figuresOf(turning, [['a', '', 'gold'], ...turning.slice(1)], cleared)).toEqual(calm);
});

test('a null that sends nothing empties nothing', async () => {
  const skipping = [nameAndTier[0]!, { attribute: 'tier', column: 'text', onNull: 'skip' as const }];
  expect(await figuresOf(few, few.with(0, ['a', 'Ann', null]), skipping)).toEqual(calm);
});
