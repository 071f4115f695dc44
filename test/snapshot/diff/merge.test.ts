import { expect, test } from 'vitest';
import { type Contact, diffOf, nameAndTier, owed } from '../diff-fixture.js';

test('a contact that the snapshot does not have is new, with all its attributes', async () => {
  const { sent, figures } = await diffOf({ segment: [['zoe', 'Zoë', 'gold']] });
  expect(sent).toEqual(['new zoe: name, tier']);
  expect(figures).toMatchObject({ new: 1, changed: 0, gone: 0, sendChunks: 1, settleChunks: 0 });
});

test('a contact that changed carries exactly the attributes that changed', async () => {
  const snapshot: Contact[] = [
    ['a', 'Ann', 'gold'],
    ['b', 'Ben', 'gold'],
    ['c', 'Cid', 'gold'],
    ['d', 'Dan', 'gold'],
  ];
  const segment: Contact[] = [
    ['a', 'Ann', 'gold'],
    ['b', 'Benjamin', 'gold'],
    ['c', 'Cid', null],
    ['d', 'Daniel', 'silver'],
  ];
  const { sent, figures } = await diffOf({ segment, snapshot });
  expect(sent).toEqual(['changed b: name', 'changed c: tier', 'changed d: name, tier']);
  expect(figures).toMatchObject({ new: 0, changed: 3, gone: 0 });
});

test('a contact that left the segment is gone, with nothing to send', async () => {
  const snapshot: Contact[] = [
    ['a', 'Ann', 'gold'],
    ['b', 'Ben', 'gold'],
    ['c', 'Cid', 'gold'],
  ];
  const { sent, settled, figures } = await diffOf({ segment: [['b', 'Ben', 'gold']], snapshot });
  expect(sent).toEqual([]);
  expect(settled).toEqual(['gone a:', 'gone c:']);
  expect(figures).toMatchObject({ new: 0, changed: 0, gone: 2, sendChunks: 0, settleChunks: 1 });
});

test('a segment without rows makes every contact gone', async () => {
  const snapshot: Contact[] = [
    ['a', 'Ann', 'gold'],
    ['b', 'Ben', owed],
  ];
  const { settled, figures } = await diffOf({ segment: [], snapshot });
  expect(settled).toEqual(['gone a:', 'gone b:']);
  expect(figures.gone).toBe(2);
});

test('an unchanged segment has no changes', async () => {
  const contacts = Array.from({ length: 500 }, (_, i): Contact => [`key-${1000 + i}`, `name ${i}`, null]);
  const { chunks, figures } = await diffOf({ segment: contacts, snapshot: contacts });
  expect(chunks).toEqual([]);
  expect(figures).toEqual({
    read: 500,
    unchanged: 500,
    new: 0,
    changed: 0,
    gone: 0,
    deferred: 0,
    invalid: 0,
    invalidRows: {},
    known: 500,
    knownAfter: 500,
    differing: 0,
    nulled: [0, 0],
    invalidValues: [0, 0],
    sendChunks: 0,
    settleChunks: 0,
  });
});

test('one change among many unchanged rows is found, wherever it is', async () => {
  const contacts = Array.from({ length: 300 }, (_, i): Contact => [`key-${1000 + i}`, 'x'.repeat(i % 60), 'gold']);
  for (const at of [0, 1, 149, 298, 299]) {
    const segment = contacts.with(at, [contacts[at]![0]!, contacts[at]![1]!, 'silver']);
    const { sent } = await diffOf({ segment, snapshot: contacts });
    expect(sent).toEqual([`changed key-${1000 + at}: tier`]);
  }
});

test('an owed attribute is sent although its value did not change, and no other', async () => {
  const { sent } = await diffOf({ segment: [['a', 'Ann', 'gold']], snapshot: [['a', 'Ann', owed]] });
  expect(sent).toEqual(['changed a: tier']);
});

test('identifiers with escapes are matched and ordered by what they mean', async () => {
  const ids = ['', '\t', '\\', '\\N', '\\U', 'a\tb', 'a\nb', 'aA', 'a\\', 'a\\b', 'b', '\uFF21', '😀'].filter(Boolean);
  const contacts = ids.map((id): Contact => [id, 'Ann', 'gold']);
  const without = (gone: number): Contact[] => contacts.filter((_, i) => i !== gone);
  for (const [i, id] of ids.entries()) {
    expect((await diffOf({ segment: contacts, snapshot: without(i) })).sent).toEqual([`new ${id}: name, tier`]);
    expect((await diffOf({ segment: without(i), snapshot: contacts })).settled).toEqual([`gone ${id}:`]);
    const changed = contacts.with(i, [id, 'Ann', 'a\\N\tb']);
    expect((await diffOf({ segment: changed, snapshot: contacts })).sent).toEqual([`changed ${id}: tier`]);
  }
});

test('a text that reads \\N or \\U is a value like any other, neither null nor owed', async () => {
  const { sent } = await diffOf({
    segment: [
      ['a', '\\N', 'gold'],
      ['b', '\\U', 'gold'],
    ],
    snapshot: [
      ['a', null, 'gold'],
      ['b', '\\U', 'gold'],
    ],
  });
  expect(sent).toEqual(['changed a: name']);
});

test('how the bytes arrive makes no difference', async () => {
  const snapshot: Contact[] = [
    ['a\tb', 'Ann', 'gold'],
    ['b', 'Ben', 'gold'],
    ['c', 'Cid', 'gold'],
  ];
  const segment: Contact[] = [
    ['a\tb', 'Anna', 'gold'],
    ['c', 'Cid', 'gold'],
    ['d', 'Dan', 'gold'],
    ['d', 'Dan', 'gold'],
    [null, 'Nobody', 'gold'],
  ];
  const whole = await diffOf({ segment, snapshot });
  expect(whole.sent).toEqual(['changed a\tb: name']);
  for (let pieceBytes = 1; pieceBytes < 30; pieceBytes++) {
    expect(await diffOf({ segment, snapshot, pieceBytes })).toEqual(whole);
  }
});

test('more than eight attributes are told apart', async () => {
  const attributes = Array.from({ length: 20 }, (_, i) => ({ attribute: `a${i}`, column: 'text' }));
  const values = attributes.map(() => 'x');
  const { sent } = await diffOf({
    attributes,
    segment: [['k', ...values.with(7, 'y').with(8, 'y').with(19, 'y')]],
    snapshot: [['k', ...values]],
  });
  expect(sent).toEqual(['changed k: a7, a8, a19']);
});

test('a source that returns a smaller identifier after a larger one fails the run', async () => {
  const segment: Contact[] = [
    ['b', 'Ben', 'gold'],
    ['a', 'Ann', 'gold'],
  ];
  for (const snapshot of [[], [segment[0]!], [segment[1]!], segment.toReversed()]) {
    await expect(diffOf({ segment, snapshot })).rejects.toMatchObject({
      code: 'SourceOutOfOrder',
      message: 'The source returned an identifier that is smaller than the one before it.',
    });
  }
});

test('a row of more than 1 MB is refused, and the message quotes none of it', async () => {
  const segment: Contact[] = [['zoe', 'x'.repeat(3 << 20), 'gold']];
  await expect(diffOf({ segment, pieceBytes: 1 << 16 })).rejects.toMatchObject({
    code: 'SegmentInvalid',
    message: 'The segment has a row of more than 1024 kB.',
    remedy: 'Select fewer or shorter columns: a destination takes short values only.',
  });
});

test('a row of almost 1 MB is read', async () => {
  const segment: Contact[] = [['zoe', 'Zoë', 'x'.repeat((1 << 20) - 100)]];
  const { sent, figures } = await diffOf({ segment, pieceBytes: 1 << 16, attributes: nameAndTier });
  expect(sent).toEqual(['new zoe: name']);
  expect(figures.invalidValues).toEqual([0, 1]);
});
