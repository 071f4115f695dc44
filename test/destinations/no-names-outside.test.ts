import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { destinationTypes } from '../../src/destinations/registry.js';

const src = new URL('../../src/', import.meta.url).pathname;

/** Its stand-in, and those that bring a destination with them. */
const mayName = /^(destinations\/registry\.ts|dev\/)/;

/** Files of src/ that know one destination, by its folder, its service or its variables. */
function filesThatName(words: RegExp, folder: string): string[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith(`destinations/${folder}/`) && !mayName.test(file))
    .filter((file) => words.test(readFileSync(join(src, file), 'utf8')));
}

test.each(destinationTypes.map(({ type }) => type))(
  'no file outside src/destinations/%s/ knows that folder, but the registry',
  (type) => {
    expect(filesThatName(new RegExp(`destinations/${type}/|\\./${type}/`), type)).toEqual([]);
  },
);

test('Batch is named nowhere else', () => {
  const words = /batch-?mep|BATCH_[A-Z]+_(KEY|URL)|batchKeys|api\.batch\.com|\bBatch\b/;
  expect(filesThatName(words, 'batch-mep')).toEqual([]);
});
