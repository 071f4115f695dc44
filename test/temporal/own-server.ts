import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTemporal, type EmbeddedTemporal, type StartTemporalOptions } from '../../src/dev/embedded/temporal.js';

/** A Temporal server where the shared one will not do; ends when `atEnd` (afterAll, onTestFinished) says so. */
export async function startOwnServer(
  atEnd: (end: () => Promise<void>) => void,
  options: Partial<StartTemporalOptions> = {},
): Promise<EmbeddedTemporal> {
  const folder = await mkdtemp(join(tmpdir(), 'outflow-test-'));
  const server = await startTemporal({ headless: true, logFile: join(folder, 'temporal.log'), ...options });
  atEnd(async () => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  });
  return server;
}
