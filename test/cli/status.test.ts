import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { StatusReport } from '../../src/operations/status.js';
import { activation, definitions, loyaltyTable } from './definitions.js';
import { makeWorkspace } from './workspace.js';

const workspace = await makeWorkspace();
const { source } = workspace;

/** Three activations, two of them on a segment whose column is gone; alerts go where nobody listens. */
const everything = {
  ...definitions({
    segments: { members: { source: 'warehouse', sql: 'select email, tier, visits from loyalty' } },
    activations: {
      loyalty: activation(),
      members: activation({ segment: 'members', attributes: { tier2: 'tier', visits: 'visits' } }),
      visits: activation({ segment: 'members', attributes: { visits2: 'visits' } }),
    },
  }),
  alerts: { channels: { ops: { type: 'webhook', url: 'http://127.0.0.1:1/hook', secret: '${ALERT_SECRET}' } } },
};

beforeAll(async () => {
  await source.query(loyaltyTable);
  await source.query('alter table loyalty add visits int');
  await appendFile(join(workspace.folder, '.env'), 'ALERT_SECRET=alert-secret\n');
  await workspace.define(stringify(everything));
  expect(await workspace.outflow('apply', '--yes')).toMatchObject({ exitCode: 0 });
  await workspace.startWorker();
  await source.query('alter table loyalty drop column visits');
  expect(await workspace.outflow('run', 'members')).toMatchObject({ exitCode: 3 });
});

async function status(...names: string[]): Promise<StatusReport> {
  const [report] = await workspace.outflowJson<StatusReport>('status', ...names);
  return report!;
}

test('what has paused an activation by itself is named with what it says, and when it is probed next', async () => {
  const { activations } = await status();
  const [loyalty, members, visits] = activations;
  expect(loyalty).toMatchObject({ activation: 'loyalty', paused: null, incident: null });
  expect(members).toMatchObject({
    paused: { by: 'outflow', reason: 'segment "members" is refused by its source' },
    incident: {
      kind: 'segment',
      name: 'members',
      error: { code: 'SourceRejectedQuery', category: 'not_found' },
      activations: ['members', 'visits'],
    },
    lastRun: { outcome: 'failed', error: { category: 'not_found' } },
  });
  expect(visits!.incident).toEqual(members!.incident);

  const { stdout } = await workspace.outflow('status', 'visits');
  const lines = stdout.split('\n').map((line) => line.trim().replace(/[\d-]{10} [\d:]{8} UTC/g, 'then'));
  expect(lines.slice(0, 3)).toEqual([
    'visits',
    'paused    since then by outflow (segment "members" is refused by its source)',
    'at fault  segment members since then',
  ]);
  expect(lines[3]).toMatch(/^not found: Source warehouse refuses the query of segment .*SQLSTATE 42703/);
  expect(lines[4]).toMatch(/^(not probed yet|probed once); next probe then$/);
});

test('all activations are a line each, the worst first, below what is at fault, which is named once', async () => {
  const { exitCode, stdout } = await workspace.outflow('status');
  expect(exitCode).toBe(0);
  const [incident, overview] = stdout.split('\n\n');
  expect(incident).toMatch(/^segment members is at fault since .* UTC\n/);
  expect(incident).toMatch(/\n {2}pauses {4}members, visits$/);
  expect(stdout.match(/at fault/g)).toHaveLength(1);
  expect(overview!.split('\n').map((line) => line.split(' ')[0])).toEqual([
    'activation',
    'members',
    'visits',
    'loyalty',
  ]);
  expect(overview).toMatch(/^members {5}paused: segment members +by hand .* failed /m);
  expect(overview).toMatch(/^loyalty {5}never run/m);
});

test('a pause by a person takes the place of an automatic one', async () => {
  await workspace.outflow('pause', 'visits', '--reason', 'being rebuilt');
  const { activations } = await status('visits');
  expect(activations).toMatchObject([{ paused: { reason: 'being rebuilt' }, incident: null }]);
  expect((await workspace.outflow('status', 'visits')).stdout).not.toContain('at fault');
});

test('a channel of alerts that does not work is shown, with the messages that wait for it', async () => {
  await expect.poll(async () => (await status()).alertChannels).toMatchObject([{ channel: 'ops', failing: {} }]);
  const { stdout } = await workspace.outflow('status');
  expect(stdout).toMatch(/\n\nalerts\n {2}ops {7}fails since [\d: -]+ UTC: [^;]+; \d messages? waits?\n$/);
  expect(stdout).not.toContain('alert-secret');
});
