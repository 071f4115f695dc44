import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../src/dev/embedded/free-port.js';
import { connectClient } from '../../src/temporal/connect-client.js';
import { connectWorker, waitForTemporal } from '../../src/temporal/connection.js';
import { loadTemporalSettings, type TemporalSettings } from '../../src/temporal/settings.js';
import { asTemporalUnreachable } from '../../src/temporal/temporal-unreachable.js';
import { temporalAddress } from '../support/stack.js';
import { startOwnServer } from './own-server.js';

function settingsFor(address: string, namespace = 'default'): TemporalSettings {
  return loadTemporalSettings(Object.entries({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace }));
}

test('clients and workers reach a server that is there', async () => {
  const settings = settingsFor(await temporalAddress());
  const client = await connectClient(settings);
  expect(client.options.namespace).toBe('default');
  await client.connection.close();
  await (await connectWorker(settings)).close();
});

test('a server that is not there is named with its address and namespace', async () => {
  const settings = settingsFor(`127.0.0.1:${await freePort()}`, 'marketing');
  for (const connect of [connectClient, connectWorker]) {
    await expect(connect(settings)).rejects.toMatchObject({
      code: 'TemporalUnreachable',
      message: expect.stringMatching(
        `^Temporal at ${settings.address}, namespace marketing, cannot be reached: (no answer in time|connection refused)\\.$`,
      ) as string,
    });
  }
});

test('a worker refuses a namespace that is not there', async () => {
  await expect(connectWorker(settingsFor(await temporalAddress(), 'nowhere'))).rejects.toMatchObject({
    code: 'TemporalUnreachable',
    message: expect.stringContaining('there is no such namespace') as string,
  });
});

test('a worker that starts before Temporal says that it waits, and goes on when it is there', async () => {
  const port = await freePort();
  const said: string[] = [];
  const waiting = waitForTemporal(settingsFor(`127.0.0.1:${port}`), (line) => said.push(line));
  await expect.poll(() => said).toHaveLength(1);
  expect(said[0]).toMatch(/cannot be reached: .*\. Waiting for it\.$/);
  await startOwnServer(onTestFinished, { port });
  await (await waiting).close();
});

test('the wait for Temporal can be given up', async () => {
  const stop = new AbortController();
  const settings = settingsFor(`127.0.0.1:${await freePort()}`);
  const waiting = waitForTemporal(settings, () => stop.abort(new Error('enough')), stop.signal);
  await expect(waiting).rejects.toThrow(/enough|aborted/);
});

describe('credentials and certificates that are refused', () => {
  let keys: { key: Buffer; cert: Buffer };
  beforeAll(async () => {
    keys = await selfSigned();
  });

  /** What answers each call with one status of gRPC. */
  async function answering(status: number, tls = false): Promise<string> {
    const server: Http2Server = tls ? createSecureServer(keys) : createServer();
    const sessions = new Set<ServerHttp2Session>();
    server.on('session', (session) => sessions.add(session));
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => undefined);
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(status) },
        { endStream: true },
      );
    });
    server.on('error', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      for (const session of sessions) session.destroy();
      server.close();
    });
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test.each([
    [16, 'it refuses the credentials'],
    [7, 'it refuses the credentials'],
  ])('status %i ends the wait with the reason', async (status, reason) => {
    const settings = settingsFor(await answering(status));
    const said: string[] = [];
    const fault = { code: 'TemporalUnreachable', mayHeal: false, message: expect.stringContaining(reason) as string };
    await expect(waitForTemporal(settings, (line) => said.push(line))).rejects.toMatchObject({
      ...fault,
      remedy: expect.stringContaining('TEMPORAL_API_KEY') as string,
    });
    await expect(connectClient(settings)).rejects.toMatchObject(fault);
    expect(said).toEqual([]);
  });

  test('a certificate that is not trusted ends the wait with the reason', async () => {
    const address = await answering(16, true);
    const settings = loadTemporalSettings(Object.entries({ TEMPORAL_ADDRESS: address, TEMPORAL_TLS: 'true' }));
    await expect(waitForTemporal(settings, () => undefined)).rejects.toMatchObject({
      code: 'TemporalUnreachable',
      message: expect.stringContaining('its certificate is not trusted') as string,
      remedy: expect.stringContaining('TEMPORAL_TLS_SERVER_CA_CERT_PATH') as string,
    });
  });

  test('a server without TLS ends the wait of a worker that wants it', async () => {
    const settings = loadTemporalSettings(
      Object.entries({ TEMPORAL_ADDRESS: await answering(16), TEMPORAL_API_KEY: 'open-sesame' }),
    );
    await expect(waitForTemporal(settings, () => undefined)).rejects.toMatchObject({
      message: expect.stringContaining('it offers no TLS') as string,
    });
  });
});

test('what another server refuses is not blamed on Temporal, whatever it says', async () => {
  const settings = settingsFor(await temporalAddress());
  const texts = ['permission denied for table run', 'certificate expired', 'timeout', 'namespace not found'];
  for (const text of texts) {
    const ofDatabase = Object.assign(new Error(text), { code: '42501' });
    expect(asTemporalUnreachable(settings, ofDatabase)).toBeUndefined();
    expect(asTemporalUnreachable(settings, new Error(text, { cause: ofDatabase }))).toBeUndefined();
  }
});

async function selfSigned(): Promise<{ key: Buffer; cert: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'outflow-test-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert],
    ...names,
  ]);
  const keys = { key: await readFile(key), cert: await readFile(cert) };
  await rm(folder, { recursive: true });
  return keys;
}
