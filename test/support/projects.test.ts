import { expect, test } from 'vitest';
import { root } from '../docs/markdown.js';
import { projectFiles } from './projects.js';

test('a test file is in the project of what it reaches, through however many files', () => {
  const { unit, engine, e2e } = projectFiles(root);
  expect(unit).toContain('test/config/cron.test.ts');
  expect(engine).toContain('test/engine/runs/close-run.test.ts');
  expect(e2e).toContain('test/cli/run.test.ts');
  expect(e2e).toContain('test/scenarios/many-chunks.test.ts');
});

test('a test of the project "unit" cannot start a program', () => {
  const { spawn } = process.getBuiltinModule('node:child_process');
  expect(() => spawn('true')).toThrow('starts no program');
});
