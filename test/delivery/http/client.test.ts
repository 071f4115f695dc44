import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer, type Socket } from 'node:net';
import { setImmediate as nextRound } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { DestinationDefinition } from '../../../src/activation/definitions.js';
import type { Environment } from '../../../src/config/environment.js';
import { checkAccess } from '../../../src/delivery/check-access.js';
import { KeptDestinations } from '../../../src/delivery/kept-destinations.js';
import type { Verdict } from '../../../src/destinations/destination.js';
import { batchMepDefinition } from '../../support/batch-mep.js';

const emptyBody = Buffer.from('[]');
const open: { server: Server; client: Client }[] = [];

afterEach(async () => {
  for (const { server, client } of open.splice(0)) {
    server.closeAllConnections();
    server.close();
    await client.close();
  }
});

interface Client {
  post(apiKey: string, body: Buffer, signal?: AbortSignal): Promise<Verdict>;
  close(): Promise<void>;
}

const lookedIn = 'the environment';
const environmentOf = (apiKey: string, restKey: string): Environment => ({
  values: new Map(Object.entries({ IOS: apiKey, REST_KEY: restKey })),
  lookedIn,
});

function definitionAt(url: string, requestTimeout = 10_000): DestinationDefinition {
  return batchMepDefinition({ url, apiKeys: { ios: '${IOS}' }, requestTimeout });
}

/** Posts bodies to Batch's address for updates, and judges what comes back. */
function clientAt(definition: DestinationDefinition): Client {
  const kept = new Map<string, KeptDestinations>();
  return {
    async post(apiKey, body, signal) {
      if (!kept.has(apiKey)) kept.set(apiKey, new KeptDestinations(environmentOf(apiKey, 'rest-key')));
      const { destination, send } = kept.get(apiKey)!.reach(definition);
      const { method, url, headers } = destination.probes[0]!.call;
      const answer = await send({ method, url, headers, body }, signal);
      if ('unanswered' in answer) return { kind: 'unavailable', reason: answer.unanswered };
      return destination.judge({ target: destination.targets[0]! } as never, answer);
    },
    async close() {
      await Promise.all([...kept.values()].map((each) => each.close()));
    },
  };
}

/** A client of a server that answers as told. */
async function clientOf(listener: RequestListener, options: { path?: string; requestTimeoutMs?: number } = {}) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const definition = definitionAt(`http://127.0.0.1:${port}${options.path ?? ''}`, options.requestTimeoutMs);
  const client = clientAt(definition);
  open.push({ server, client });
  return { client, server, definition };
}

function answering(status: number, body = '', headers: Record<string, string> = {}): RequestListener {
  return (request, response) => {
    request.resume().on('end', () => response.writeHead(status, headers).end(body));
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
  return text;
}

/** Like a process that is stopped: nothing is served. */
function standStill(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('a request', () => {
  test('is the one that Batch documents', async () => {
    let seen: unknown;
    const { client } = await clientOf((request, response) => {
      void bodyOf(request).then((body) => {
        const { method, url, headers } = request;
        seen = { method, url, key: headers['x-authorization'], type: headers['content-type'], body };
        response.writeHead(202).end('{}');
      });
    });
    expect(await client.post('DEV/key', Buffer.from('[{"id":"李"}]'))).toEqual({ kind: 'taken' });
    expect(seen).toEqual({
      method: 'POST',
      url: '/1.0/DEV%2Fkey/data/users',
      key: 'rest-key',
      type: 'application/json',
      body: '[{"id":"李"}]',
    });
  });

  test('has a body that is read no more once it is answered, however early the answer comes', async () => {
    const received: Buffer[] = [];
    const server = createNetServer((socket) => {
      socket.once('data', (beginning) => {
        received.push(beginning);
        socket.pause();
        socket.write('HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n');
      });
    }).listen(0, '127.0.0.1');
    const connected = once(server, 'connection') as Promise<[Socket]>;
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = clientAt(definitionAt(url));
    const body = Buffer.alloc(30_000_000, 'x');
    expect(await client.post('k', body)).toEqual({ kind: 'taken' });

    body.fill('another body ');
    const [socket] = await connected;
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => {
      socket.on('close', resolve).on('data', (piece) => {
        received.push(piece);
        if (Buffer.concat(received).includes('another')) resolve();
      });
      socket.resume();
    });
    socket.destroy();
    await client.close();
    server.close();
    const [, sent] = Buffer.concat(received).toString('latin1').split('\r\n\r\n');
    expect(sent!.length).toBeGreaterThan(1_000);
    expect(sent).toMatch(/^x+$/);
  });

  test('keeps the path of the destination’s url', async () => {
    const urls: (string | undefined)[] = [];
    const { client } = await clientOf(
      (request, response) => {
        urls.push(request.url);
        answering(200)(request, response);
      },
      { path: '/proxy/' },
    );
    await client.post('k', emptyBody);
    expect(urls).toEqual(['/proxy/1.0/k/data/users']);
  });

  test('finds the connections of those before open', async () => {
    const { client, server } = await clientOf(answering(202, '{}'));
    let connections = 0;
    server.on('connection', () => connections++);
    for (let i = 0; i < 10; i++) await client.post('k', emptyBody);
    expect(connections).toBeLessThan(4);
  });

  test('does not follow a redirection', async () => {
    const { client } = await clientOf(answering(307, '', { location: '/elsewhere' }));
    expect(await client.post('k', emptyBody)).toMatchObject({ kind: 'unauthorized', refusal: { status: 307 } });
  });
});

describe('an answer', () => {
  test('of 400 gives code and type', async () => {
    const { client } = await clientOf(answering(400, '{"code":31,"type":"MALFORMED_PARAMETER","message":"x"}'));
    expect(await client.post('k', emptyBody)).toEqual({
      kind: 'refused',
      refusal: { status: 400, code: 'MALFORMED_PARAMETER 31' },
    });
  });

  test('of 429 gives Retry-After', async () => {
    const { client } = await clientOf(answering(429, '', { 'retry-after': '3' }));
    expect(await client.post('k', emptyBody)).toEqual({ kind: 'busy', retryAfterMs: 3_000 });
  });

  test('of megabytes is not read to its end', async () => {
    let written = 0;
    const { client } = await clientOf((request, response) => {
      response.writeHead(400);
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536;
      };
      response.on('drain', write);
      request.resume().on('end', write);
    });
    expect(await client.post('k', emptyBody)).toEqual({ kind: 'refused', refusal: { status: 400 } });
    expect(written).toBeLessThan(50_000_000);
  });

  test('that breaks off still refuses by its status, but acknowledges nothing', async () => {
    const breakingOff = (status: number) => (request: IncomingMessage, response: ServerResponse) => {
      request.resume().on('end', () => {
        response.writeHead(status, { 'content-length': '100' });
        response.write('{"code"', () => response.destroy());
      });
    };
    const accepting = await clientOf(breakingOff(202));
    expect(await accepting.client.post('k', emptyBody)).toEqual({
      kind: 'unavailable',
      reason: 'http 202, answer broken off',
    });
    const refusing = await clientOf(breakingOff(400));
    expect(await refusing.client.post('k', emptyBody)).toEqual({ kind: 'refused', refusal: { status: 400 } });
  });
});

describe('without an answer', () => {
  test('the deadline ends the request', async () => {
    const { client } = await clientOf((request) => request.resume(), { requestTimeoutMs: 200 });
    const startedAt = performance.now();
    expect(await client.post('k', emptyBody)).toEqual({ kind: 'unavailable', reason: 'timeout' });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('a call of a process that was stopped does not leave after its deadline', async () => {
    const bodies: string[] = [];
    const taking: RequestListener = (request, response) =>
      void bodyOf(request).then((body) => {
        bodies.push(body);
        response.writeHead(202).end();
      });
    const { client, server } = await clientOf(taking, { requestTimeoutMs: 150 });
    const other = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [far] = (await once(server, 'connection')) as [Socket];
    other.on('data', () => standStill(300));

    // The other connection's piece and the call's connection are ready in the same moment, and are served in this order.
    await nextRound();
    far.write('piece');
    const answer = client.post('k', Buffer.from('["late"]'));
    await new Promise((resolve) => process.nextTick(resolve)); // the connection is begun
    standStill(50);

    expect(await answer).toEqual({ kind: 'unavailable', reason: 'timeout' });
    expect(await client.post('k', Buffer.from('["next"]'))).toEqual({ kind: 'taken' });
    expect(bodies).toEqual(['["next"]']);
    other.destroy();
  });

  test('the deadline covers the end of the answer', async () => {
    const { client } = await clientOf(
      (request, response) => {
        request.resume();
        response.writeHead(400, { 'content-length': '100' });
        response.write('{');
      },
      { requestTimeoutMs: 200 },
    );
    expect(await client.post('k', emptyBody)).toEqual({ kind: 'refused', refusal: { status: 400 } });
  });

  test('a dropped connection is unavailable', async () => {
    const { client } = await clientOf((request) => request.socket.destroy());
    expect(await client.post('k', emptyBody)).toEqual({ kind: 'unavailable', reason: 'connection lost' });
  });

  test('a closed port is unavailable', async () => {
    const { client, server } = await clientOf(answering(200));
    server.close();
    await once(server, 'close');
    expect(await client.post('k', emptyBody)).toEqual({ kind: 'unavailable', reason: 'connection refused' });
  });

  test('an unknown host is unavailable', async () => {
    const client = clientAt(definitionAt('http://batch.invalid'));
    expect(await client.post('k', emptyBody)).toEqual({ kind: 'unavailable', reason: 'host not found' });
    await client.close();
  });

  test('an abort by the caller rejects with the caller’s reason', async () => {
    const abort = new AbortController();
    const reason = new Error('withdrawn');
    const { client } = await clientOf(() => abort.abort(reason));
    await expect(client.post('k', emptyBody, abort.signal)).rejects.toBe(reason);
  });
});

test.each([' key', 'key\n', 'clé'])('a key that no header holds (%j) is refused without being shown', (key) => {
  const kept = new KeptDestinations(environmentOf('ios', key));
  const { destination, send } = kept.reach(definitionAt('http://127.0.0.1:1'));
  const { method, url, headers } = destination.probes[0]!.call;
  const post = () => send({ method, url, headers });
  expect(post).toThrow(expect.objectContaining({ code: 'ConfigInvalid' }));
  expect(post).not.toThrow(key);
  expect(post).toThrow(/REST_KEY/);
});

describe('the check of access', () => {
  const notBatch = 'not how Batch answers a call without contacts, so this is not Batch';
  test.each([
    [400, '{"code":31,"type":"MALFORMED_PARAMETER"}', undefined],
    [202, '{}', ['DestinationUnavailable', `http 202, ${notBatch}`]],
    [400, '<html><body>Bad Request</body></html>', ['DestinationUnavailable', `http 400, ${notBatch}`]],
    [
      401,
      '{"code":10,"type":"AUTHENTICATION_INVALID"}',
      ['DestinationUnauthorized', 'HTTP 401, AUTHENTICATION_INVALID 10'],
    ],
    [403, '{"code":12,"type":"API_MISUSE"}', ['DestinationUnauthorized', 'HTTP 403, API_MISUSE 12']],
    [404, '', ['DestinationUnauthorized', 'HTTP 404']],
    [429, '', ['DestinationUnavailable', 'http 429']],
    [413, '', ['DestinationUnavailable', 'http 413']],
    [503, '', ['DestinationUnavailable', 'http 503']],
  ])('reads %i %s', async (status, body, expected) => {
    const bodies: string[] = [];
    const { definition } = await clientOf((request, response) => {
      void bodyOf(request).then((text) => {
        bodies.push(text);
        response.writeHead(status).end(body);
      });
    });
    const [fault, ...others] = await checkAccess(definition, environmentOf('k', 'rest-key'));
    expect(others).toEqual([]);
    expect(fault && [fault.code, /: (.*)\.$/.exec(fault.message)?.[1]]).toEqual(expected);
    expect(bodies).toEqual(['[]']);
  });
});
