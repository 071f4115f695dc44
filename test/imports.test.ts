import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

test('no file needs itself by way of others', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(100);
  const done = new Set<string>();
  const circles = files.flatMap((path) => circleFrom(join(src, path), [], done) ?? []);
  expect(circles).toEqual([]);
});

/** The first circle that is met on the way down from a file, in the order of its imports. Files of `done` lead to none. */
function circleFrom(file: string, way: string[], done: Set<string>): string[] | undefined {
  if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
  if (done.has(file)) return undefined;
  for (const imported of importedBy(file)) {
    const circle = circleFrom(imported, [...way, file], done);
    if (circle) return circle;
  }
  done.add(file);
  return undefined;
}

/** Of types, too: they are read together. Not what a file loads when it is called. */
function importedBy(file: string): string[] {
  const statements = readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*? from '(\.[^']+)\.js';/gm);
  return Array.from(statements, ([, path]) => `${resolve(dirname(file), path!)}.ts`).filter((path) => existsSync(path));
}
