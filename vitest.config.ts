import { defineConfig } from 'vitest/config';
import { stretched } from './test/support/patience.js';
import { type ProjectName, projectFiles } from './test/support/projects.js';

const files = projectFiles(import.meta.dirname);
const setupFiles = ['test/support/stretch-deadlines.ts', 'test/support/seed.ts', 'test/support/spoil-buffers.ts'];

const project = (name: ProjectName, settings: object = {}) => ({
  extends: true as const,
  test: { name, include: files[name], setupFiles, ...settings },
});

export default defineConfig({
  test: {
    projects: [
      // One process for many files: most of the time would go into loading the same modules for each.
      project('unit', { setupFiles: [...setupFiles, 'test/support/no-programs.ts'], isolate: false }),
      project('engine'),
      project('e2e'),
    ],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    expect: { poll: { timeout: stretched(60_000), interval: 50 } },
  },
});
