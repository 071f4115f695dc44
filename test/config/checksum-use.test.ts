import { expect, test } from 'vitest';
import { checksumUse } from '../../src/config/checksum-use.js';

const useOf = (text?: string) =>
  checksumUse({ values: new Map(text === undefined ? [] : [['OUTFLOW_CHECKSUM', text]]) } as never);

test('an operator says whether checksums are asked for; without a word each run decides', () => {
  expect(useOf()).toBe('auto');
  expect(useOf('never')).toBe('never');
  expect(useOf('always')).toBe('always');
});

test('another word is refused, and which ones there are is said', () => {
  expect(() => useOf('yes')).toThrow(
    expect.objectContaining({
      code: 'ConfigInvalid',
      message: 'OUTFLOW_CHECKSUM must be one of auto, never, always.',
    }) as Error,
  );
});
