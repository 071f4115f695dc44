import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { builtDist } from '../support/stack.js';
import { protections } from './protections.js';

test.each(Object.entries(protections))(
  'the build has the protection %s where it can be switched off',
  async (_, replacements) => {
    for (const { file, piece } of replacements) {
      expect(readFileSync(join(await builtDist(), file), 'utf8').split(piece)).toHaveLength(2);
    }
  },
);
