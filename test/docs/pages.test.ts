import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { outflow } from '../../src/cli/program.js';
import { parseDefinitions } from '../../src/config/parse-definitions.js';
import { READY_LINE } from '../../src/worker/ready-line.js';
import { allPages, codeBlocks, page, prose, root } from './markdown.js';

const readme = page('README.md');

test.each(allPages())('$path: every file that it links to is there', ({ path, text }) => {
  const targets = Array.from(text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g), (match) => match[1]!);
  for (const target of targets) expect(existsSync(join(root, dirname(path), target)), target).toBe(true);
});

test.each(allPages().filter((each) => codeBlocks(each, 'yaml').length > 0))(
  '$path: every outflow.yaml that it shows is free of faults',
  (each) => {
    for (const yaml of codeBlocks(each, 'yaml')) expect(() => parseDefinitions('outflow.yaml', yaml)).not.toThrow();
  },
);

test('every schedule that the README shows is one', () => {
  const [written] = codeBlocks(readme, 'yaml');
  const schedules = codeBlocks(readme, 'text').flatMap((block) => block.match(/^schedule: .*$/gm) ?? []);
  expect(schedules.length).toBeGreaterThan(3);
  for (const schedule of schedules) {
    const definitions = written!.replace(/schedule: .*/, schedule);
    expect(definitions).toContain(schedule);
    expect(() => parseDefinitions('outflow.yaml', definitions)).not.toThrow();
  }
});

test('the README lists every command, as its help names it', () => {
  const listed = Array.from(prose(readme).matchAll(/^\| `outflow (.*?)`\s+\|/gm), (match) => match[1]);
  const commands = outflow().commands.map((command) =>
    `${command.name()} ${command.usage().replace('[options]', '').trim()}`.trim(),
  );
  expect(listed).toEqual(commands);
});

test('the README lists every exit code', () => {
  const listed = Array.from(prose(readme).matchAll(/^\| (\d+)\s+\|/gm), (match) => Number(match[1]));
  const ofErrors = Array.from(page('src/activation/errors.ts').text.matchAll(/exitCode: (\d+)/g), (match) =>
    Number(match[1]),
  );
  const afterCtrlC = 130;
  expect(listed).toEqual([...new Set([0, ...ofErrors, afterCtrlC])].sort((a, b) => a - b));
});

test('the map in CONTRIBUTING names every folder of the source', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const named = page('CONTRIBUTING.md').text.matchAll(/^\| \[`src\/(\w+)\/`\]/gm);
  expect(new Set(Array.from(named, (match) => match[1]))).toEqual(new Set(folders.map(({ name }) => name)));
});

test('every variable that docs/configuration.md lists is known to the code', () => {
  const listed = Array.from(page('docs/configuration.md').text.matchAll(/`(OUTFLOW_\w+)`/g), (match) => match[1]!);
  const code = sourceFiles().map((path) => page(path).text);
  for (const name of listed)
    expect(
      code.some((text) => text.includes(`'${name}'`)),
      name,
    ).toBe(true);
});

function sourceFiles(): string[] {
  return ['src', 'test/support'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
}

test('the line by which a worker says that it is ready is the documented one', () => {
  expect(page('docs/operations.md').text).toContain(`\`${READY_LINE}\``);
});
