import { expect, test } from 'vitest';
import { page } from './markdown.js';

const tutorial = page('docs/new-destination.md').text;

/** Each block of code, with the file that is named last before it. */
const shown = Array.from(tutorial.matchAll(/^```ts\n(.*?)^```$/gms), (match) => {
  const named = Array.from(tutorial.slice(0, match.index).matchAll(/\]\(\.\.\/((?:src|test)\/[\w/.-]+\.ts)\)/g));
  return { file: named.at(-1)?.[1] ?? 'no file', code: match[1]! };
});

test('the tutorial shows code of the webhook', () => {
  expect(shown.filter(({ file }) => file.startsWith('src/destinations/webhook/')).length).toBeGreaterThan(4);
});

test.each(shown)('the tutorial shows $file as it is', ({ file, code }) => {
  expect(page(file).text).toContain(code);
});
