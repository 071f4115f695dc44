import { afterEach, beforeEach, expect, test } from 'vitest';
import { type InvalidValue, listInvalidValues } from '../../../src/snapshot/store/invalid-values.js';
import { type Contact, nameAndTier, ruleOf, type TestAttribute } from '../diff-fixture.js';
import { lab, layoutOf, type Lab } from '../lab.js';

const long = 'x'.repeat(65);
const attributes: TestAttribute[] = [
  { attribute: 'name', column: 'text' },
  { attribute: 'score', column: 'numeric' },
  { attribute: 'seen', column: 'timestamp with time zone', onNull: 'skip' },
];

let it: Lab;
beforeEach(async () => {
  it = await lab();
});
afterEach(() => it.drop());

async function listed(of = attributes): Promise<InvalidValue[]> {
  const values: InvalidValue[] = [];
  for await (const value of listInvalidValues(it.engine, 1, layoutOf(of), of.map(ruleOf))) values.push(value);
  return values;
}

const contacts: Contact[] = [
  ['a', long, '1', null],
  ['a\tb', 'Ann', 'NaN', 'infinity'],
  ['b', 'Ben', '9007199254740993', '2026-01-01 00:00:00+00'],
  ['c', 'Cid', '2', '2026-01-01 00:00:00+00'],
];

test('values that the destination cannot hold are listed with their contact, attribute and reason', async () => {
  expect(await it.run(contacts, attributes)).toMatchObject({
    outcome: 'completed_with_warnings',
    counts: { new: 4, invalidValues: 4 },
  });
  expect(await listed()).toEqual([
    { identifier: 'a', attribute: 'name', reason: 'too_long' },
    { identifier: 'a\tb', attribute: 'score', reason: 'not_finite' },
    { identifier: 'a\tb', attribute: 'seen', reason: 'bad_date' },
    { identifier: 'b', attribute: 'score', reason: 'out_of_range' },
  ]);
});

test('they stay listed in runs that find nothing to do, until they change or their contact is gone', async () => {
  await it.run(contacts, attributes);
  expect(await it.run(contacts, attributes)).toMatchObject({ counts: { unchanged: 4, invalidValues: 4 } });
  expect(await listed()).toHaveLength(4);
  const fewer = contacts.slice(1).with(0, ['a\tb', 'Ann', '3', 'infinity']);
  expect(await it.run(fewer, attributes)).toMatchObject({ counts: { changed: 1, gone: 1, invalidValues: 2 } });
  expect(await listed()).toEqual([
    { identifier: 'a\tb', attribute: 'seen', reason: 'bad_date' },
    { identifier: 'b', attribute: 'score', reason: 'out_of_range' },
  ]);
});

test('they are counted anew for the attributes that are still sent', async () => {
  await it.run(contacts, attributes);
  const namesOnly: Contact[] = contacts.map(([id, value]) => [id!, value!]);
  const [name] = attributes as [TestAttribute];
  expect(await it.run(namesOnly, [name])).toMatchObject({ counts: { unchanged: 4, invalidValues: 1 } });
  expect(await listed([name])).toEqual([{ identifier: 'a', attribute: 'name', reason: 'too_long' }]);
});

test('a fold keeps their number', async () => {
  await it.run([['b', long, 'gold']]);
  const run = await it.open();
  await it.diff(run, [['a', long, 'gold']]);
  await it.settle(run);
  await it.deliver(await it.load(run));
  expect(await it.fold(run)).toEqual({ folded: true, contacts: 1 });
  expect(await it.close(run)).toMatchObject({ counts: { invalidValues: 1 } });
  expect(await listed(nameAndTier)).toEqual([{ identifier: 'a', attribute: 'name', reason: 'too_long' }]);
});

test('an activation without any lists none', async () => {
  expect(await listed()).toEqual([]);
  await it.run([['c', 'Cid', '2', null]], attributes);
  expect(await listed()).toEqual([]);
});
