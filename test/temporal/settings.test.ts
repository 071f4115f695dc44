import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadTemporalSettings } from '../../src/temporal/settings.js';

const home = { TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml' };

function settings(env: Record<string, string>) {
  return loadTemporalSettings(Object.entries({ ...home, ...env }));
}

test('without any variable Temporal is expected on this machine, in the namespace default, without TLS', () => {
  expect(settings({})).toMatchObject({ address: 'localhost:7233', namespace: 'default' });
  expect(settings({}).connection.tls).toBeUndefined();
});

test("Temporal's own variables say where it is and as whom to talk to it", () => {
  const found = settings({
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    TEMPORAL_NAMESPACE: 'marketing',
    TEMPORAL_API_KEY: 'secret',
  });
  expect(found).toMatchObject({
    address: 'temporal.example:7233',
    namespace: 'marketing',
    connection: { address: 'temporal.example:7233', apiKey: 'secret', tls: true },
  });
});

test('a configuration file that cannot be read is named as a fault, without quoting it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outflow-test-'));
  const file = join(folder, 'temporal.toml');
  await writeFile(file, '[profile.default\napi_key = "secret"');
  expect(() => settings({ TEMPORAL_CONFIG_FILE: file })).toThrow(
    expect.objectContaining({ code: 'ConfigInvalid', message: expect.not.stringContaining('secret') as string }),
  );
  await rm(folder, { recursive: true });
});
