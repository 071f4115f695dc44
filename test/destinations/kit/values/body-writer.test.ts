import { expect, test } from 'vitest';
import { BodyWriter } from '../../../../src/destinations/kit/values/body-writer.js';

test('a body that was written past its room is never sent short', () => {
  const body = new BodyWriter();
  const text = Buffer.alloc(100_000, 'x');
  body.append(text, 0, text.length);
  expect(() => body.written()).toThrow('A body is longer than the room that was made for it');
  expect(() => body.reserve(1_000_000)).toThrow('A body is longer than the room that was made for it');
  const roomy = new BodyWriter();
  roomy.reserve(text.length);
  roomy.append(text, 0, text.length);
  expect(roomy.written().equals(text)).toBe(true);
});
