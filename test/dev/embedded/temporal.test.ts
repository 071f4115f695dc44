import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, describe, expect, test } from 'vitest';
import { startTemporal, type EmbeddedTemporal, type StartTemporalOptions } from '../../../src/dev/embedded/temporal.js';
import { temporalCli } from '../../support/stack.js';

const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('embedded Temporal', () => {
  test('with a file, keeps runs and search attributes through a crash, a stop and a start', async () => {
    const dbFile = join(await newFolder(), 'below', 'temporal.db');
    const searchAttributes = { OutflowActivation: 'Keyword' } as const;
    const first = await start({ dbFile, searchAttributes });
    await useClient(first, (client) => client.workflow.start('anything', { taskQueue: 'nobody', workflowId: 'kept' }));
    await first.kill();

    const port = Number(first.address.split(':')[1]);
    const second = await start({ dbFile, searchAttributes, port });
    expect(second.address).toBe(first.address);
    await second.stop();

    const third = await start({ dbFile, searchAttributes, port });
    await useClient(third, async (client) => {
      expect((await client.workflow.getHandle('kept').describe()).status.name).toBe('RUNNING');
      const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      expect(customAttributes).toHaveProperty('OutflowActivation');
    });
  });

  test('serves its UI, or not if it is headless', async () => {
    const [shown, headless] = await Promise.all([start({ headless: false }), start({ headless: true })]);
    expect(await (await fetch(shown.uiUrl!)).text()).toContain('<html');
    expect(headless.uiUrl).toBeUndefined();
    expect(shown.address).not.toBe(headless.address);
  });

  test('has the namespace that it was started with', async () => {
    const server = await start({ namespace: 'shop' });
    await useClient(server, async (client) => {
      const { namespaceInfo } = await client.workflowService.describeNamespace({ namespace: 'shop' });
      expect(namespaceInfo?.name).toBe('shop');
    });
  });

  test('a port that was asked for and is taken is named', async () => {
    const { address } = await start({});
    const port = Number(address.split(':')[1]);
    await expect(start({ port })).rejects.toMatchObject({
      code: 'TemporalUnreachable',
      message: `Port ${port} of 127.0.0.1, asked for the Temporal server, is taken.`,
    });
  });

  test('a server that cannot start says why and where its log is', async () => {
    const logFile = join(await newFolder(), 'temporal.log');
    await expect(start({ logFile, searchAttributes: { Odd: 'Shape' as 'Keyword' } })).rejects.toMatchObject({
      code: 'TemporalUnreachable',
      message: expect.stringMatching(/did not start: .*Shape/) as string,
      remedy: expect.stringContaining(logFile) as string,
    });
  });
});

async function newFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'outflow-temporal-'));
  cleanUps.push(() => rm(path, { recursive: true, force: true, maxRetries: 10 }));
  return path;
}

async function start(options: Partial<StartTemporalOptions>): Promise<EmbeddedTemporal> {
  const logFile = join(await newFolder(), 'temporal.log');
  const cli = { path: await temporalCli(), version: '' };
  const server = await startTemporal({ cli, logFile, headless: true, ...options });
  cleanUps.push(() => server.kill());
  return server;
}

async function useClient(server: EmbeddedTemporal, use: (client: Client) => Promise<unknown>): Promise<void> {
  const connection = await Connection.connect({ address: server.address });
  try {
    await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
