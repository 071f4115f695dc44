import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from '../support/build.js';
import { type Protection, protections } from './protections.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Copies the built program into a folder, without one protection if that is asked for, and returns the path of its dist/.
 * Throws when the piece to replace is not there exactly once: then the code has changed, and protections.ts must follow.
 */
export async function copyProgram(folder: string, without: Protection | undefined): Promise<string> {
  const dist = join(folder, 'dist');
  await cp(await buildIfStale(), dist, { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  if (without !== undefined) await weaken(dist, without);
  return dist;
}

async function weaken(dist: string, without: Protection): Promise<void> {
  for (const { file, piece, without: replacement } of protections[without]) {
    const text = await readFile(join(dist, file), 'utf8');
    const found = text.split(piece).length - 1;
    if (found !== 1) throw new Error(`${without}: its code stands ${found} times in dist/${file}, not once:\n${piece}`);
    await writeFile(
      join(dist, file),
      text.replace(piece, () => replacement),
    );
  }
}
