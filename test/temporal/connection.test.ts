import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../src/dev/embedded/free-port.js';
import { connectClient, connectWorker, waitForTemporal } from '../../src/temporal/connection.js';
import { loadTemporalSettings, type TemporalSettings } from '../../src/temporal/settings.js';
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
