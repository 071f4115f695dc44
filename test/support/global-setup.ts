import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { buildIfStale } from './build.js';
import { SharedServers } from './shared-servers.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for what they share; see stack.ts. */
    sharedUrl: string;
  }
}

/**
 * Starts no server by itself: each, and the build, is made when the first test asks for it (a GET that answers with its
 * address). Only Temporal's CLI is fetched before, because that can take longer than any test may; where it cannot be had,
 * the tests that need it say why. The project "unit" needs nothing of all this.
 */
export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  if (project.vitest.projects.every(({ name }) => name === 'unit')) return () => Promise.resolve();
  const servers = new SharedServers();
  await servers.temporalCli().catch(() => undefined);
  let build: Promise<string> | undefined;
  const doors: Record<string, () => Promise<string>> = {
    '/postgres': () => servers.postgresUrl(),
    '/engine-template': () => servers.engineTemplate(),
    '/temporal': () => servers.temporalAddress(),
    '/temporal-cli': () => servers.temporalCli(),
    '/build': () => (build ??= buildIfStale()),
  };
  const door = await listen((path) => {
    const open = doors[path];
    if (!open) throw new Error(`tests share nothing called ${path}`);
    return open();
  });
  project.provide('sharedUrl', `http://127.0.0.1:${(door.address() as AddressInfo).port}`);
  return async () => {
    door.closeAllConnections();
    door.close();
    await servers.stop();
  };
}

async function listen(answer: (path: string) => Promise<string>): Promise<Server> {
  const server = createServer((request, response) => {
    Promise.resolve(request.url ?? '')
      .then(answer)
      .then(
        (text) => response.end(text),
        (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
      );
  });
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
