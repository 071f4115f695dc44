import { expect, test } from 'vitest';
import { parseRunRequest } from '../../src/activation/run-request.js';

test.each([
  [{ activation: 'loyalty' }],
  [{ activation: 'loyalty', mode: 'full' }],
  [{ activation: 'loyalty', mode: 'delta', trigger: 'cli' }],
])('%j is the input of a run', (input) => {
  expect(parseRunRequest(input)).toEqual(input);
});

const remedy =
  'Start the workflow with {"activation": "NAME"}, or {"activation": "NAME", "mode": "full"} to send everything again.';

test.each([
  [undefined, 'A run needs an input that names its activation.'],
  [null, 'A run needs an input that names its activation.'],
  ['loyalty', 'The input of a run is one JSON object.'],
  [['loyalty'], 'The input of a run is one JSON object.'],
  [7, 'The input of a run is one JSON object.'],
  [{}, 'The input of a run names its activation by a text.'],
  [{ activation: '' }, 'The input of a run names its activation by a text.'],
  [{ activation: 7 }, 'The input of a run names its activation by a text.'],
  [{ activation: 'loyalty', mode: 'everything' }, 'The mode of a run is "delta" or "full".'],
  [{ activation: 'loyalty', mode: null }, 'The mode of a run is "delta" or "full".'],
  [{ activation: 'loyalty', trigger: 'me' }, 'The trigger of a run is set by Outflow.'],
  [{ activaton: 'loyalty' }, 'The input of a run has no key "activaton".'],
])('%j is refused, and the remedy says what to type', (input, message) => {
  expect(() => parseRunRequest(input)).toThrow(
    expect.objectContaining({ code: 'InputInvalid', retryable: false, message, remedy }) as Error,
  );
});

test('of a key that is no key only the beginning is repeated', () => {
  expect(() => parseRunRequest({ ['k'.repeat(1000)]: 1 })).toThrow(`has no key "${'k'.repeat(60)}"`);
});
