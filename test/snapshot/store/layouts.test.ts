import { afterEach, beforeEach, expect, test } from 'vitest';
import { decideMode } from '../../../src/engine/runs/full-run.js';
import { type Contact, nameAndTier, owed, type TestAttribute } from '../diff-fixture.js';
import { lab, type Lab } from '../lab.js';

const [name, tier] = nameAndTier as [TestAttribute, TestAttribute];
const score: TestAttribute = { attribute: 'score', column: 'integer' };

const few: Contact[] = [
  ['a', 'Ann', 'gold'],
  ['b', 'Ben', 'gold'],
];

let it: Lab;
beforeEach(async () => {
  it = await lab();
  await it.run(few);
});
afterEach(() => it.drop());

test('a new attribute is sent for everybody, without the others', async () => {
  const withScore: Contact[] = few.map((contact, i) => [...contact, String(i)]);
  expect(await it.run(withScore, [name, tier, score])).toMatchObject({
    counts: { new: 0, changed: 2, accepted: 2 },
    attributesSent: 2,
  });
});

const namesOnly: Contact[] = few.map(([id, value]) => [id!, value!]);

test('an attribute that is no longer sent costs nothing, and nothing when it comes back before anything was sent', async () => {
  expect(await it.run(namesOnly, [name])).toMatchObject({ counts: { unchanged: 2 }, attributesSent: 0 });
  expect(await it.run(few)).toMatchObject({ counts: { unchanged: 2 }, attributesSent: 0 });
});

test('an attribute that comes back after something was sent without it is sent for everybody', async () => {
  await it.run(namesOnly.with(0, ['a', 'Anna']), [name]);
  expect(await it.snapshot()).toEqual([
    ['a', 'Anna', owed],
    ['b', 'Ben', owed],
  ]);
});

test('attributes in another order cost nothing', async () => {
  const turned: Contact[] = few.map(([id, first, second]) => [id!, second!, first!]);
  expect(await it.run(turned, [tier, name])).toMatchObject({ counts: { unchanged: 2 }, attributesSent: 0 });
});

test('an attribute whose type or policy changed is sent again for everybody', async () => {
  expect(await it.run(few, [name, { ...tier, column: 'character varying(20)' }])).toMatchObject({ attributesSent: 2 });
  expect(await it.run(few, [name, { ...tier, onTooLong: 'clear' }])).toMatchObject({ attributesSent: 2 });
});

test('after a full run began everything older is owed, and contacts that are gone are still noticed', async () => {
  const run = await it.open();
  const mode = await decideMode(it.engine, { run, requestedMode: 'full', targets: {} });
  expect(mode).toEqual({ mode: 'full', fullBecause: 'requested' });
  expect(await it.snapshot()).toEqual([
    ['a', owed, owed],
    ['b', owed, owed],
  ]);
  expect(await it.diff(run, few.slice(0, 1))).toMatchObject({ changed: 1, gone: 1 });
});
