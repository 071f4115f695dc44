import { expect, test } from 'vitest';
import { judge } from '../../../src/destinations/webhook/judge.js';

const ROWS = 5;
const verdictOf = (status: number, body = '', headers: Record<string, string> = {}) =>
  judge({ status, headers, body, isWhole: true }, ROWS);

test.each([
  [204, ''],
  [200, ''],
  [202, ' \n'],
  [200, '{}'],
  [201, '{"id":7}'],
  [200, 'null'],
  [200, '"ok"'],
  [200, '{"refused":[]}'],
])('%i with %j takes all rows', (status, body) => {
  expect(verdictOf(status, body)).toEqual({ kind: 'taken' });
});

test.each(['<html>Sign in</html>', 'OK', '{"refused"', '{"refused":true}'])('200 with %s takes nothing', (body) => {
  expect(verdictOf(200, body)).toMatchObject({ kind: 'unavailable' });
});

test('an answer that was cut off takes nothing', () => {
  expect(judge({ status: 200, headers: {}, body: '', isWhole: false }, ROWS)).toMatchObject({ kind: 'unavailable' });
});

test('a 2xx may refuse rows by their index, with a constant as the reason; each counts once', () => {
  const refused = [{ index: 3, code: 'NO_CONSENT' }, { index: 0, code: 'jane@example.com said no' }, { index: 3 }];
  expect(verdictOf(200, JSON.stringify({ refused }))).toEqual({
    kind: 'taken',
    refused: [
      { row: 3, refusal: { status: 200 } },
      { row: 0, refusal: { status: 200 } },
    ],
  });
});

test.each([-1, 5, 1.5, '3', null])('a refusal of row %j is none of this call: nothing is acknowledged', (index) => {
  expect(verdictOf(200, JSON.stringify({ refused: [{ index, code: 'NO' }] }))).toMatchObject({ kind: 'unavailable' });
});

test.each([400, 422])('%i refuses the call, and the rows alone that it names', (status) => {
  expect(verdictOf(status, '<html>')).toEqual({ kind: 'refused', refusal: { status } });
  expect(verdictOf(status, '{"code":"BAD_ROW","message":"jane@example.com"}')).toEqual({
    kind: 'refused',
    refusal: { status, code: 'BAD_ROW' },
  });
  expect(verdictOf(status, '{"code":"BAD_ROW","refused":[{"index":2}]}')).toEqual({
    kind: 'refused',
    refusal: { status, code: 'BAD_ROW' },
    rows: [2],
  });
});

test.each([405, 409, 410, 415, 451])('%i blames no contact, unless its body gives a code', (status) => {
  expect(verdictOf(status)).toMatchObject({ kind: 'unauthorized', refusal: { status } });
  expect(verdictOf(status, '{"code":"BAD_ROW"}')).toMatchObject({ kind: 'refused' });
});

test.each([401, 403, 404, 302, 307])('%i blames no contact, whatever its body says', (status) => {
  expect(verdictOf(status, '{"code":"BAD_ROW","refused":[{"index":2}]}')).toMatchObject({ kind: 'unauthorized' });
});

test('413 has too much in it, 429 is busy, 5xx and 408 are tried again', () => {
  expect(verdictOf(413)).toMatchObject({ kind: 'too large' });
  expect(verdictOf(429, '', { 'retry-after': '7' })).toEqual({ kind: 'busy', retryAfterMs: 7_000 });
  for (const status of [408, 500, 503]) expect(verdictOf(status)).toMatchObject({ kind: 'unavailable' });
});
