import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/**
 * unit: nothing but the code in its own process. engine: also the PostgreSQL and the Temporal that all tests share. e2e:
 * programs of its own, such as commands, workers and servers.
 */
export type ProjectName = 'unit' | 'engine' | 'e2e';

/** Whoever imports one of these starts programs: the product as it is built, or servers. */
const STARTS_PROGRAMS = /'node:child_process'|\bbuiltDist\b|\/embedded\/(postgres|temporal|temporal-cli|stack)\.js'/;
const SHARED_SERVERS = 'test/support/stack.ts';

/**
 * The test files of each project. A file's project follows from what it reaches by its imports from test/, so that no
 * file can be in the wrong one, and none has to be moved when it begins to need a server.
 */
export function projectFiles(root: string): Record<ProjectName, string[]> {
  const files: Record<ProjectName, string[]> = { unit: [], engine: [], e2e: [] };
  const inTest = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' });
  for (const file of inTest.filter((each) => each.endsWith('.test.ts')).sort()) {
    files[projectOf(root, join('test', file))].push(join('test', file));
  }
  return files;
}

function projectOf(root: string, testFile: string): ProjectName {
  const reached = reachedFrom(root, testFile);
  const usesShared = reached.delete(SHARED_SERVERS);
  for (const file of reached) if (STARTS_PROGRAMS.test(importsOf(root, file).join('\n'))) return 'e2e';
  return usesShared ? 'engine' : 'unit';
}

/** The files below test/ and bench/ that a file imports, and those that they import, itself included. */
function reachedFrom(root: string, file: string, reached = new Set<string>()): Set<string> {
  if (reached.has(file) || !/^(test|bench)\//.test(file)) return reached;
  reached.add(file);
  if (file === SHARED_SERVERS) return reached;
  for (const line of importsOf(root, file)) {
    const from = /'(\.[^']+)\.js'/.exec(line)?.[1];
    const path = from && `${resolve(root, dirname(file), from)}.ts`;
    if (path && existsSync(path)) reachedFrom(root, relative(root, path), reached);
  }
  return reached;
}

/** Of values: types alone start nothing. */
function importsOf(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return (text.match(/^(import|export)\b[^;]*?\bfrom '[^']+';|^import '[^']+';/gm) ?? []).filter(
    (statement) => !/^(import|export) (type\b|\{( *type [^,}]+,?)+ *\})/.test(statement),
  );
}
