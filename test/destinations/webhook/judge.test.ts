import { expect, test } from 'vitest';
import { judge } from '../../../src/destinations/webhook/judge.js';

const call = { rows: 5, attributes: ['tier', 'city'] };
const verdictOf = (status: number, body = '', headers: Record<string, string> = {}) =>
  judge({ status, headers, body, isWhole: true }, call);

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
  expect(judge({ status: 200, headers: {}, body: '', isWhole: false }, call)).toMatchObject({ kind: 'unavailable' });
});

test('a 2xx may refuse rows by their index, with a constant as the reason', () => {
  const refused = [
    { index: 3, code: 'NO_CONSENT' },
    { index: 0, code: 'jane@example.com said no' },
  ];
  expect(verdictOf(200, JSON.stringify({ refused }))).toEqual({
    kind: 'taken',
    refused: [
      { row: 3, refusal: { status: 200, code: 'NO_CONSENT' } },
      { row: 0, refusal: { status: 200 } },
    ],
  });
});

test('a 2xx may refuse attributes of a row by their names', () => {
  const refused = [{ index: 3, code: 'UNKNOWN', attributes: ['city', 'tier'] }];
  expect(verdictOf(200, JSON.stringify({ refused }))).toEqual({
    kind: 'taken',
    refused: [{ row: 3, columns: [1, 0], refusal: { status: 200, code: 'UNKNOWN' } }],
  });
});

test.each([['points'], [null], [], 'city', null])(
  'a refusal of the attributes %j is none of this call',
  (attributes) => {
    const refused = [{ index: 3, attributes }];
    expect(verdictOf(200, JSON.stringify({ refused }))).toMatchObject({ kind: 'unavailable' });
  },
);

test('a 4xx takes nothing of a row, whatever attributes it names', () => {
  expect(verdictOf(422, '{"refused":[{"index":2,"attributes":["tier"]}]}')).toEqual({
    kind: 'refused',
    refusal: { status: 422 },
    rows: [2],
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
