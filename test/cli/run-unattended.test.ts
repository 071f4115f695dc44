import { beforeAll, expect, test } from 'vitest';
import { activation, definitions, loyaltyTable } from './definitions.js';
import { makeWorkspace } from './workspace.js';

const workspace = await makeWorkspace();

const both = definitions({
  activations: { loyalty: activation(), second: activation({ attributes: { tier2: 'tier' } }) },
});

beforeAll(async () => {
  await workspace.source.query(loyaltyTable);
  await workspace.define(both);
  expect(await workspace.outflow('apply', '--yes')).toMatchObject({ exitCode: 0 });
});

test('an activation that is not applied starts nothing, and the nearest name is proposed', async () => {
  const { exitCode, stdout, stderr } = await workspace.outflow('run', 'loyalty', 'secnd', '--json');
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    error: {
      code: 'ActivationUnknown',
      category: 'not_found',
      message: 'There is no activation "secnd".',
      remedy: 'Did you mean "second"?',
    },
  });
  expect(stderr).toBe('✗ There is no activation "secnd".\n  Did you mean "second"?\n');
  expect(await workspace.outflowJson('runs')).toEqual([[]]);
});

test('a file that differs from what was applied, or has faults, is warned of', async () => {
  await workspace.define({ ...both, activations: { loyalty: activation() } });
  expect((await workspace.outflow('run', 'loyalty', '--detach')).stderr).toBe(
    '! outflow.yaml differs from what was applied, which is what runs use. `outflow apply` shows the difference.\n',
  );
  await workspace.define({ ...both, activations: { loyalty: {} } });
  expect((await workspace.outflow('run', 'loyalty', '--detach')).stderr).toBe(
    '! outflow.yaml has faults; runs use what was applied. `outflow check` shows the faults.\n',
  );
  await workspace.define(both);
  expect((await workspace.outflow('run', 'loyalty', '--detach')).stderr).toBe('');
});

test('a run that no worker takes up says how to start one, and waits for it', async () => {
  const run = workspace.start(['run', 'second']);
  await expect
    .poll(() => run.output())
    .toContain('No worker has taken up the run for 5 seconds. Start one with `outflow worker`; the run waits for it.');
  const worker = await workspace.startWorker();
  expect(await run.finished).toMatchObject({ exitCode: 0 });
  expect(await worker.stop()).toBe(0);
});
