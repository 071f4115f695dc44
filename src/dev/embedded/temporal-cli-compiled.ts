import { join } from 'node:path';
import { runTool, withProgress } from './run-tool.js';
import type { TemporalCliOrigin } from './temporal-cli-origin.js';

/** The newest version that `go install` can install: later ones replace modules, which it refuses. */
const version = 'v1.5.1';

/** Compiles it, which takes minutes. */
export const compiledByGo: TemporalCliOrigin = async ({ folder, env, report }) => {
  await runTool({ command: 'go', args: ['version'], env, timeoutMs: 30_000 });
  await withProgress(report, `Compiling Temporal's CLI ${version} with Go (about 3 minutes)`, () =>
    runTool({
      command: 'go',
      args: ['install', '-ldflags', '-s -w', `github.com/temporalio/cli/cmd/temporal@${version}`],
      env: { ...env, GOBIN: folder, CGO_ENABLED: '0' },
      cwd: folder,
      timeoutMs: 30 * 60_000,
    }),
  );
  return join(folder, 'temporal');
};
