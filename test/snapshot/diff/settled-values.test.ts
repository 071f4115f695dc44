import { expect, test } from 'vitest';
import { type Contact, diffOf, owed, type TestAttribute } from '../diff-fixture.js';

const long = 'x'.repeat(65);
const name: TestAttribute = { attribute: 'name', column: 'text' };
const score: TestAttribute = { attribute: 'score', column: 'numeric' };
const nickOrNothing: TestAttribute = { attribute: 'nick', column: 'text', onNull: 'skip' };

/** One contact with one attribute, as it was and as it is. */
const change = (attribute: TestAttribute, was: Contact[number], is: Contact[number], standing = 0) =>
  diffOf({ attributes: [attribute], snapshot: [['a', was]], segment: [['a', is]], standingInvalidValues: [standing] });

test.each([
  ['null elements of an array', { attribute: 'tags', column: 'text[]' }, '{a}', '{a,NULL}'],
  ['what is cut off', { attribute: 'nick', column: 'text', onTooLong: 'truncate' }, `${long}a`, `${long}b`],
  ['null and the empty text, which both clear', name, '', null],
] as [string, TestAttribute, string, string | null][])(
  'a difference that is written the same way is settled without a request: %s',
  async (_, attribute, was, is) => {
    const { sent, settled, figures } = await change(attribute, was, is);
    expect(sent).toEqual([]);
    expect(settled).toEqual(['changed a:']);
    expect(figures).toMatchObject({ new: 0, changed: 0, invalidValues: [0] });
  },
);

test('a difference that is written in another way is sent', async () => {
  expect((await change(score, '1', '1.01')).sent).toEqual(['changed a: score']);
});

test('a value that turns null clears the attribute, or sends nothing where nulls are skipped', async () => {
  expect((await change(name, 'Ann', null)).sent).toEqual(['changed a: name']);
  const skipped = await change(nickOrNothing, 'Ann', null);
  expect(skipped.sent).toEqual([]);
  expect(skipped.settled).toEqual(['changed a:']);
});

test('a value that comes after a skipped null is sent, whatever it was before', async () => {
  expect((await change(nickOrNothing, null, 'Ann')).sent).toEqual(['changed a: nick']);
});

test('a value that the destination cannot hold is left out, and stands as invalid', async () => {
  const { sent, settled, figures } = await change(name, 'Ann', long);
  expect(sent).toEqual([]);
  expect(settled).toEqual(['changed a:']);
  expect(figures).toMatchObject({ changed: 0, invalidValues: [1] });
});

test('an invalid value that turns valid is sent and no longer stands, also as the value that was there before', async () => {
  const { sent, figures } = await change(name, long, 'Ann', 1);
  expect(sent).toEqual(['changed a: name']);
  expect(figures.invalidValues).toEqual([0]);
});

test('an invalid value that changes to another one stands once', async () => {
  const { sent, settled, figures } = await change(name, long, `${long}y`, 1);
  expect(sent).toEqual([]);
  expect(settled).toEqual(['changed a:']);
  expect(figures.invalidValues).toEqual([1]);
});

test('an invalid value that does not change is not looked at again', async () => {
  const { chunks, figures } = await change(name, long, long, 1);
  expect(chunks).toEqual([]);
  expect(figures.invalidValues).toEqual([1]);
});

test('an invalid value goes with its contact', async () => {
  const gone = await diffOf({ attributes: [name], snapshot: [['a', long]], segment: [], standingInvalidValues: [1] });
  expect(gone.figures.invalidValues).toEqual([0]);
});

test('an owed value that is invalid now stands once, and owed ones that were none go without a trace', async () => {
  expect((await change(name, owed, long)).figures.invalidValues).toEqual([1]);
  const gone = await diffOf({ attributes: [name], snapshot: [['a', owed]], segment: [] });
  expect(gone.figures.invalidValues).toEqual([0]);
});

test('a new contact without anything to send enters the snapshot and counts as unchanged', async () => {
  const { sent, settled, figures } = await diffOf({
    attributes: [name, nickOrNothing],
    segment: [['a', long, null]],
  });
  expect(sent).toEqual([]);
  expect(settled).toEqual(['new a:']);
  expect(figures).toMatchObject({ new: 0, changed: 0, invalidValues: [1, 0] });
});

test('a contact with a valid and an invalid change is sent with the valid one', async () => {
  const { sent, figures } = await diffOf({
    attributes: [name, score],
    snapshot: [['a', 'Ann', '1']],
    segment: [['a', long, '2']],
  });
  expect(sent).toEqual(['changed a: score']);
  expect(figures).toMatchObject({ changed: 1, invalidValues: [1, 0] });
});

test('the invalid values of a duplicated contact stay as they were counted', async () => {
  const { figures } = await diffOf({
    attributes: [name],
    snapshot: [['a', long]],
    segment: [
      ['a', 'Ann'],
      ['a', 'Anna'],
    ],
    standingInvalidValues: [1],
  });
  expect(figures.invalidValues).toEqual([1]);
});

test('each chunk knows by how many invalid values it changes the snapshot', async () => {
  const { chunks, figures } = await diffOf({
    attributes: [name, score],
    snapshot: [
      ['b', long, '1'],
      ['c', long, '1'],
    ],
    segment: [
      ['a', long, '1'],
      ['b', 'Ben', 'NaN'],
    ],
    standingInvalidValues: [2, 0],
  });
  const [send, settle] = ['send', 'settle'].map((kind) => chunks.find((chunk) => chunk.kind === kind)!);
  expect(send!.invalidValues).toEqual([0, 1]);
  expect(settle!.invalidValues).toEqual([-1, 0]);
  expect(figures.invalidValues).toEqual([1, 1]);
});
