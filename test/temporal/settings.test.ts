import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
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

const noAddresses = [
  'http://127.0.0.1:7233',
  'https://temporal.example',
  'temporal.example:7233/path',
  'user:hunter2@temporal.example:7233',
  'temporal.example:99999',
  'temporal.example:0',
  'temporal.example:port',
  'temporal example:7233',
  '::1:7233',
  ':7233',
  '-',
];

test.each(noAddresses)('an address that is no host:port is a fault that names its place: %s', async (address) => {
  const refused = (place: string): unknown =>
    expect.objectContaining({
      code: 'ConfigInvalid',
      message: `${place} is no host:port.`,
      remedy: expect.stringContaining('temporal.example.com:7233') as string,
    });
  expect(() => settings({ TEMPORAL_ADDRESS: address })).toThrow(refused('TEMPORAL_ADDRESS'));
  const file = await profileFile(`[profile.default]\naddress = "a:1"\n[profile.cloud]\naddress = "${address}"`);
  expect(() => settings({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'cloud' })).toThrow(
    refused(`The address in Temporal's profile "cloud"`),
  );
  expect(settings({ TEMPORAL_CONFIG_FILE: file }).address).toBe('a:1');
});

test('a host by name or by number is an address; without a port it is that of Temporal', () => {
  const addressOf = (address: string) => settings({ TEMPORAL_ADDRESS: address }).address;
  for (const address of ['a.b-c.example:443', '10.0.0.7:7233', '[::1]:7233', 'temporal_frontend:7233'])
    expect(addressOf(address)).toBe(address);
  expect(addressOf('temporal.example')).toBe('temporal.example:7233');
  expect(addressOf('[::1]')).toBe('[::1]:7233');
});

test('a certificate that cannot be read is named by its file', () => {
  expect(() => settings({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere/ca.pem' })).toThrow(
    expect.objectContaining({
      code: 'ConfigInvalid',
      message: expect.stringContaining('/nowhere/ca.pem cannot be read (ENOENT)') as string,
    }) as Error,
  );
});

async function profileFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'outflow-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'temporal.toml');
  await writeFile(file, text);
  return file;
}
