import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { heartbeatUrl } from '../../src/config/heartbeat-url.js';
import { startHeartbeat } from '../../src/alerts/heartbeat.js';

const environment = { values: new Map<string, string>(), lookedIn: '' };

/** A service that counts calls, and answers them with `status`. */
async function watcher() {
  const watched = { status: 200, calls: 0, url: '' };
  const server = createServer((request, response) => {
    if (request.url === '/ping/secret-id') watched.calls++;
    response.writeHead(watched.status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  watched.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/secret-id`;
  return watched;
}

test('a worker calls the URL as long as it is well, and no longer', async () => {
  const watched = await watcher();
  let isWell = true;
  const requireWell = () => (isWell ? Promise.resolve() : Promise.reject(new Error('away')));
  const heartbeat = startHeartbeat({
    url: watched.url,
    environment,
    requireWell,
    report: () => undefined,
    everyMs: 10,
  });
  onTestFinished(() => heartbeat.end());
  await expect.poll(() => watched.calls).toBeGreaterThan(2);
  isWell = false;
  await new Promise((resolve) => setTimeout(resolve, 100));
  const { calls } = watched;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(watched.calls).toBe(calls);
  isWell = true;
  await expect.poll(() => watched.calls).toBeGreaterThan(calls);
});

test('a URL that does not take the calls is said once, without the URL', async () => {
  const watched = await watcher();
  watched.status = 404;
  const lines: string[] = [];
  const heartbeat = startHeartbeat({
    url: watched.url,
    environment,
    requireWell: () => Promise.resolve(),
    report: (line) => lines.push(line),
    everyMs: 10,
  });
  onTestFinished(() => heartbeat.end());
  await expect.poll(() => watched.calls).toBeGreaterThan(3);
  expect(lines).toEqual(['The heartbeat is not taken: HTTP 404. It is tried again.']);
  watched.status = 204;
  await expect.poll(() => lines.length).toBe(2);
  expect(lines[1]).toBe('The heartbeat is taken again.');
});

test.each(['ftp://example.com/x', 'example.com/ping', 'https://user:secret@example.com/'])(
  '%s is refused without being repeated',
  (url) => {
    const values = new Map([['OUTFLOW_HEARTBEAT_URL', url]]);
    expect(() => heartbeatUrl({ ...environment, values })).toThrow(
      expect.toSatisfy((error: Error) => !error.message.includes('example.com')) as Error,
    );
  },
);
