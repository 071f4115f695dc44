import { beforeAll, expect, test } from 'vitest';
import { openEngine } from '../../src/engine/database/database.js';
import { applicant, opened } from '../engine/engine-fixture.js';
import { activation, definitions, loyaltyTable } from './definitions.js';
import { makeWorkspace } from './workspace.js';

const workspace = await makeWorkspace();

beforeAll(async () => {
  await workspace.source.query(loyaltyTable);
  await workspace.define(definitions({ activations: { loyalty: activation() } }));
  expect(await workspace.outflow('apply', '--yes')).toMatchObject({ exitCode: 0 });
  await workspace.startWorker();
});

/** The open run of a Temporal that has lost its data: its workflow is nowhere. */
async function leaveRunBehind(): Promise<number> {
  const engine = openEngine(workspace.engineUrl, { applicationName: 'outflow test' });
  try {
    return (await opened(engine, applicant('loyalty'))).runId;
  } finally {
    await engine.end();
  }
}

test('a run whose workflow is nowhere blocks its activation until somebody abandons it', async () => {
  const runId = await leaveRunBehind();
  expect((await workspace.outflow('run', 'loyalty')).stdout).toContain('skipped');

  const asked = await workspace.outflow('cancel', 'loyalty');
  expect(asked.exitCode).toBe(2);
  expect(asked.stderr).toContain(`run ${runId} is open, and Temporal here does not know its workflow`);
  expect(asked.stderr).toContain('outflow cancel loyalty --abandon');

  const unconfirmed = await workspace.outflow('cancel', 'loyalty', '--abandon');
  expect(unconfirmed.exitCode).not.toBe(0);
  const abandoned = await workspace.outflow('cancel', 'loyalty', '--abandon', '--yes');
  expect(abandoned).toMatchObject({ exitCode: 0 });
  expect(abandoned.stdout).toContain(`what the run may have sent is owed, and sent again; run ${runId} is cancelled`);

  expect(await workspace.outflow('run', 'loyalty')).toMatchObject({ exitCode: 0 });
  expect((await workspace.outflow('cancel', 'loyalty')).stdout).toBe('loyalty: no run is open.\n');
});
