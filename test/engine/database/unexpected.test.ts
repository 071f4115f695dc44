import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../../src/engine/database/database.js';
import { asUnexpected, recordUnexpected } from '../../../src/engine/database/unexpected.js';
import { freshEngine, type TestEngine } from '../engine-fixture.js';

let fresh: TestEngine;
let engine: Engine;

beforeAll(async () => {
  fresh = await freshEngine();
  engine = fresh.engine;
});
afterAll(() => fresh.drop());

const stored = (reference: string) =>
  engine
    .db<{ reference: string; run_id: number | null; text: string }>('outflow.unexpected_error')
    .where({ reference })
    .first('run_id', 'text');

test('the text of an unexpected error is found by its reference', async () => {
  const text = 'TypeError: a\tb\n    at \\file "x" 李';
  expect(await stored(await recordUnexpected(engine, 12, text))).toEqual({ run_id: 12, text });
  expect(await stored(await recordUnexpected(engine, null, ''))).toEqual({ run_id: null, text: '' });
});

test('a text that PostgreSQL cannot hold is kept as far as possible', async () => {
  const reference = await recordUnexpected(engine, null, `a\0b\ud800${'x'.repeat(30_000)}`);
  expect((await stored(reference))?.text).toBe(`ab\ufffd${'x'.repeat(19_996)}`);
});

test('an unexpected error is told by its reference, never by its text, also where the database is away', async () => {
  const told = await asUnexpected(engine, 12, new Error('zoe@shop.test'));
  const [, reference] = /^Something unexpected happened; its text is .* under ([\w-]+)\.$/.exec(told.message)!;
  expect((await stored(reference!))?.text).toContain('zoe@shop.test');
  expect(told.remedy).toContain(reference);

  const away = openEngine('postgres://nobody@127.0.0.1:1/nowhere', { applicationName: 'outflow test' });
  expect(await asUnexpected(away, null, new Error('zoe@shop.test'), 'The probe failed')).toMatchObject({
    code: 'Unexpected',
    message: 'The probe failed, and its text could not be stored.',
    remedy: "See whether the engine's database answers.",
  });
  await away.end();
});
