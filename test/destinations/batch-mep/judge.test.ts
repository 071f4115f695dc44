import { expect, test } from 'vitest';
import { judge, judgeProbe } from '../../../src/destinations/batch-mep/judge.js';

const malformed = '{"code":31,"type":"MALFORMED_PARAMETER","message":"value of jane@example.com"}';
const refusal = (status: number) => ({ status, code: 'MALFORMED_PARAMETER 31' });
const verdictOf = (status: number, body: string, headers: Record<string, string> = {}) =>
  judge('ios', { status, headers, body, isWhole: true });

test.each([200, 201, 202, 204])('%i is taken when it is empty or holds JSON that is no error of Batch', (status) => {
  for (const body of ['', ' \n', '{}', '[]', '{"status":"ok"}'])
    expect(verdictOf(status, body)).toEqual({ kind: 'taken' });
});

test.each([
  [200, '<html><body>Sign in</body></html>'],
  [200, 'OK'],
  [202, malformed],
  [202, '{"code"'],
  [203, '{}'],
  [206, '{}'],
])('%i with %s acknowledges nothing: it cannot be Batch', (status, body) => {
  expect(verdictOf(status, body)).toEqual({
    kind: 'unavailable',
    reason: `http ${status}, not an answer of the destination`,
  });
});

test('400 is a refusal of the call, with code and type and without the message', () => {
  expect(verdictOf(400, malformed)).toEqual({ kind: 'refused', refusal: refusal(400) });
});

test('413 has too much in it, whoever says so', () => {
  expect(verdictOf(413, '<html>')).toEqual({ kind: 'too large', refusal: { status: 413 } });
});

test.each([405, 411, 415, 422, 451])('%i is a refusal where Batch says so, else no contact is to blame', (status) => {
  expect(verdictOf(status, malformed)).toEqual({ kind: 'refused', refusal: refusal(status) });
  expect(verdictOf(status, '<html>')).toMatchObject({ kind: 'unauthorized', refusal: { status } });
});

test.each([301, 302, 303, 307, 308, 304])('%i is a wrong address', (status) => {
  const verdict = verdictOf(status, '', { location: 'https://login.example.com' });
  expect(verdict).toMatchObject({ kind: 'unauthorized', refusal: { status } });
  expect(verdict.kind === 'unauthorized' && verdict.remedy).toContain("Correct the destination's url");
});

test.each([
  [401, 'Correct the values of restKey and apiKeys.ios.'],
  [403, 'Ask Batch to make the Custom Data API part of the plan of this app'],
  [404, "Correct the destination's url or the value of apiKeys.ios."],
])('%i is a matter of keys or address, not of contacts', (status, remedy) => {
  const verdict = verdictOf(status, '{"code":10,"type":"AUTHENTICATION_INVALID"}');
  expect(verdict).toMatchObject({ kind: 'unauthorized', refusal: { status, code: 'AUTHENTICATION_INVALID 10' } });
  expect(verdict.kind === 'unauthorized' && verdict.remedy).toContain(remedy);
});

test.each([500, 502, 503, 504, 408])('%i is tried again', (status) => {
  expect(verdictOf(status, malformed)).toEqual({ kind: 'unavailable', reason: `http ${status}` });
});

test.each([
  ['', undefined],
  ['<html>', undefined],
  ['null', undefined],
  ['[31]', undefined],
  ['{"code":"31","type":"jane@example.com"}', undefined],
  ['{"code":3.5,"type":"malformed"}', undefined],
  [`{"type":"${'A'.repeat(65)}"}`, undefined],
  ['{"code":32}', 'CODE 32'],
  ['{"type":"MISSING_PARAMETER"}', 'MISSING_PARAMETER'],
])('the body %s gives a number and a constant alone', (body, code) => {
  expect(verdictOf(400, body)).toEqual({ kind: 'refused', refusal: { status: 400, ...(code && { code }) } });
});

test('Retry-After of a 429 and a 503 is honoured', () => {
  const headers = { 'retry-after': '7' };
  expect(verdictOf(429, '', headers)).toEqual({ kind: 'busy', retryAfterMs: 7_000 });
  expect(verdictOf(503, '', headers)).toEqual({ kind: 'unavailable', reason: 'http 503', retryAfterMs: 7_000 });
});

const probeVerdictOf = (status: number, body: string) =>
  judgeProbe('ios', { status, headers: {}, body, isWhole: true });

test('a call without contacts that is refused in the form of Batch says that the keys are good', () => {
  expect(probeVerdictOf(400, malformed)).toEqual({ kind: 'let in' });
  expect(probeVerdictOf(401, malformed)).toMatchObject({ kind: 'unauthorized' });
});

test.each([
  [200, ''],
  [200, '{}'],
  [200, '<html></html>'],
  [202, malformed],
  [400, '<html><body>Bad Request</body></html>'],
  [400, ''],
  [422, malformed],
  [429, ''],
  [503, ''],
])('a call without contacts that is answered by %i with %s says nothing of the keys', (status, body) => {
  const verdict = probeVerdictOf(status, body);
  expect(verdict).toMatchObject({ kind: 'unknown' });
  expect(verdict.kind === 'unknown' && verdict.reason).toContain(`http ${status}`);
});
