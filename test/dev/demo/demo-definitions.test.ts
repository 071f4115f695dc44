import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { defaultCustomers, demoDefinitions } from '../../../src/dev/demo/demo-definitions.js';

const example = () => readFile('outflow.yaml', 'utf8');

test("the demo runs the project's outflow.yaml as it stands", async () => {
  expect(await demoDefinitions(defaultCustomers)).toBe(await example());
});

test.each([
  [1_000, 50],
  [1_000_000, 10_000],
])('for %i customers only the chunk size is another one: %i', async (customers, chunkSize) => {
  expect(await demoDefinitions(customers)).toBe((await example()).replace('chunkSize: 500', `chunkSize: ${chunkSize}`));
});
