// Compiles src/ to dist/ and bundles the workflows, so that the commands and the worker start without a compiler.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(`${root}dist`, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [createRequire(import.meta.url).resolve('typescript/lib/tsc.js'), '-p', `${root}tsconfig.build.json`],
  {
    stdio: 'inherit',
  },
);
const workflows = `${root}dist/workflows/index.js`;
if (existsSync(workflows)) {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({ workflowsPath: workflows, logger: new DefaultLogger('WARN') });
  writeFileSync(`${root}dist/workflow-bundle.js`, code);
}
chmodSync(`${root}dist/cli/main.js`, 0o755);
