import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { vi } from 'vitest';
import { stretched } from './patience.js';

vi.setConfig({ testTimeout: stretched(20_000) });

for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) {
  const refuse = (): never => {
    throw new Error(
      `A test of the project "unit" starts no program, and this one calls ${name}. A test whose files import node:child_process or test/support/stack.ts belongs to another project.`,
    );
  };
  Object.assign(childProcess, { [name]: refuse });
}
syncBuiltinESMExports();
