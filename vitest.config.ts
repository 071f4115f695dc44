import { defineConfig } from 'vitest/config';
import { stretched } from './test/support/patience.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/stretch-deadlines.ts'],
    pool: 'forks',
    maxWorkers: 2,
    expect: { poll: { timeout: stretched(60_000), interval: 50 } },
  },
});
