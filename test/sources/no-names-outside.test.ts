import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sourceTypes } from '../../src/sources/registry.js';

const src = new URL('../../src/', import.meta.url).pathname;

/** They bring a source with them. */
const mayName = /^(sources\/registry\.ts|dev\/)/;

test.each(sourceTypes.map(({ type }) => type))(
  'no file outside src/sources/%s/ knows that folder, but the registry',
  (type) => {
    const knowing = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.startsWith(`sources/${type}/`) && !mayName.test(file))
      .filter((file) =>
        new RegExp(`sources/${type}/|\\./${type}/|type: '${type}'`).test(readFileSync(join(src, file), 'utf8')),
      );
    expect(knowing).toEqual([]);
  },
);
