import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { postJson } from '../../../src/alerts/channels/post.js';
import type { Environment } from '../../../src/config/environment.js';
import { createHttpClient, type HttpOutcome } from '../../../src/delivery/http/client.js';
import { type ForwardProxy, startForwardProxy } from '../../support/forward-proxy.js';

let server: Server;
let port: number;
let redirects = false;
const proxies: ForwardProxy[] = [];

beforeEach(async () => {
  redirects = false;
  server = createServer((request, response) => {
    if (redirects) response.writeHead(302, { location: 'http://elsewhere.test/' }).end();
    else response.writeHead(202, { 'content-type': 'application/json' }).end(`"${request.headers.host ?? ''}"`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});

async function proxyWith(options: Parameters<typeof startForwardProxy>[1] = {}): Promise<ForwardProxy> {
  const proxy = await startForwardProxy(port, options);
  proxies.push(proxy);
  return proxy;
}

const environment = (variables: Record<string, string>): Environment => ({
  values: new Map(Object.entries(variables)),
  lookedIn: 'the environment',
});

/** A name that only the proxy can find. */
const url = 'http://batch.test/2.6/profiles/update';

async function outcome(variables: Record<string, string>, to = url, timeoutMs = 10_000): Promise<HttpOutcome> {
  const client = createHttpClient(environment(variables));
  const answer = await client.send({ method: 'POST', url: to, headers: {}, body: Buffer.from('[]'), timeoutMs });
  await client.close();
  return answer;
}

const alert = (variables: Record<string, string>) => postJson({ url, body: '{}' }, environment(variables));

test('a destination and an alert channel are reached through a tunnel of the proxy, with its login', async () => {
  const proxy = await proxyWith();
  const variables = { http_proxy: `http://us%40er:secret@${proxy.host}` };
  expect(await outcome(variables)).toMatchObject({ status: 202, body: '"batch.test"' });
  expect(await alert(variables)).toBeUndefined();
  const login = Buffer.from('us@er:secret').toString('base64');
  expect(proxy.asked).toEqual(Array.from({ length: 2 }, () => `CONNECT batch.test:80 Basic ${login}`));
});

test('https goes through HTTPS_PROXY, or HTTP_PROXY where that is all, also without a scheme', async () => {
  const [own, other] = [await proxyWith(), await proxyWith()];
  // The server behind the tunnel speaks no TLS.
  const noTls = { unanswered: 'network fault' };
  expect(await outcome({ HTTPS_PROXY: own.host, HTTP_PROXY: other.host }, 'https://batch.test/')).toEqual(noTls);
  expect(await outcome({ HTTP_PROXY: other.host }, 'https://batch.test/')).toEqual(noTls);
  expect([own.asked, other.asked]).toEqual([['CONNECT batch.test:443'], ['CONNECT batch.test:443']]);
});

test('hosts of NO_PROXY, and this machine, are reached directly', async () => {
  const proxy = await proxyWith();
  const variables = { HTTP_PROXY: `http://${proxy.host}`, NO_PROXY: 'shop.test, .internal.test' };
  expect(await outcome(variables, `http://127.0.0.1:${port}/`)).toMatchObject({ status: 202 });
  expect(await outcome(variables, 'http://crm.internal.test/')).toEqual({ unanswered: 'host not found' });
  expect(await outcome({ ...variables, NO_PROXY: '*' })).toEqual({ unanswered: 'host not found' });
  expect(proxy.asked).toEqual([]);
});

test.each([
  ['407', 'HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n', 'HTTP 407, it wants a login'],
  ['502', 'HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>', 'HTTP 502'],
  ['a success that is no tunnel', 'HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}', 'HTTP 202'],
  ['a redirect', 'HTTP/1.1 302 Found\r\nlocation: http://login.test/\r\ncontent-length: 0\r\n\r\n', 'HTTP 302'],
  ['nothing', '', 'connection lost'],
])('an answer of the proxy itself is never the destination’s: %s', async (_, refusal, reason) => {
  const proxy = await proxyWith({ refusal });
  const variables = { HTTP_PROXY: `http://user:secret@${proxy.host}` };
  expect(await outcome(variables)).toEqual({ unanswered: `proxy ${proxy.host}: ${reason}` });
  expect(await alert(variables)).toEqual({ text: `proxy ${proxy.host}: ${reason}`, ofMessage: false });
});

test('a proxy that is away is named, and not the destination', async () => {
  const proxy = await proxyWith();
  await proxies.pop()!.close();
  expect(await outcome({ HTTP_PROXY: proxy.host })).toEqual({ unanswered: `proxy ${proxy.host}: connection refused` });
});

test('the deadline of a request holds while the proxy says nothing, and redirects are not followed', async () => {
  const silent = await proxyWith({ silent: true });
  const client = createHttpClient(environment({ HTTP_PROXY: silent.host }));
  const since = performance.now();
  const answer = await client.send({ method: 'POST', url, headers: {}, body: Buffer.from('[]'), timeoutMs: 300 });
  expect(answer).toEqual({ unanswered: 'timeout' });
  expect(performance.now() - since).toBeLessThan(5_000);
  await silent.close();
  proxies.pop();
  await client.close();

  redirects = true;
  const proxy = await proxyWith();
  expect(await outcome({ HTTP_PROXY: proxy.host })).toMatchObject({ status: 302 });
  expect(proxy.asked).toHaveLength(1);
});

test('what is no address of a proxy is refused by its name, and not repeated', async () => {
  for (const written of ['socks5://user:open-sesame@proxy.test', 'http://user:open-sesame@pro xy', 'http://']) {
    const refusal = { code: 'ConfigInvalid', message: 'HTTPS_PROXY is not the address of an HTTP proxy.' };
    expect(() => createHttpClient(environment({ HTTPS_PROXY: written }))).toThrow(
      expect.objectContaining(refusal) as Error,
    );
    await expect(alert({ HTTPS_PROXY: written })).rejects.toMatchObject(refusal);
  }
});
