import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runTool, withProgress } from './run-tool.js';
import type { TemporalCliOrigin } from './temporal-cli-origin.js';

const require = createRequire(import.meta.url);

/** The SDK has no call for the download alone: it starts a server, which we end. In a process of its own, so that it can be given up. */
const program = `
  const { TestWorkflowEnvironment } = require(process.argv[1]);
  TestWorkflowEnvironment
    .createLocal({ server: { executable: { type: 'cached-download', downloadDir: process.argv[2] } } })
    .then((environment) => environment.teardown())
    .then(() => process.exit(0), (error) => { console.error(error.message); process.exit(1); });
`;

const firstByteWithinMs = 5_000;
const stalledAfterMs = 30_000;

/** Temporal's own download, as its SDK for tests makes it. Given up after 5 s without a first byte, 30 s without another. */
export const fromSdkDownload: TemporalCliOrigin = async ({ folder, env, report }) => {
  const stalled = new AbortController();
  const watch = abortWhenStalled(folder, stalled);
  try {
    await withProgress(report, "Downloading Temporal's CLI with its SDK", () =>
      runTool({
        command: process.execPath,
        args: ['-e', program, require.resolve('@temporalio/testing'), folder],
        env,
        timeoutMs: 15 * 60_000,
        signal: stalled.signal,
      }),
    );
  } catch {
    throw new Error("Temporal's download cannot be reached");
  } finally {
    clearInterval(watch);
  }
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error("Temporal's download left nothing");
  return join(folder, file);
};

function abortWhenStalled(folder: string, stalled: AbortController): NodeJS.Timeout {
  let size = 0;
  let deadline = Date.now() + firstByteWithinMs;
  return setInterval(() => {
    void sizeOf(folder).then((now) => {
      if (now > size) deadline = Date.now() + stalledAfterMs;
      size = now;
      if (Date.now() > deadline) stalled.abort();
    });
  }, 250);
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(folder, file)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
