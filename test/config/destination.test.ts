import { describe, expect, test } from 'vitest';
import { faultsOf, parsed, written } from './written.js';

const destination = (settings: string, keys = 'restKey: "${REST}", apiKeys: { ios: "${IOS}" }') =>
  written({ destination: `{ type: batch-mep, ${keys}${settings} }` });

test('what is not written has its default', () => {
  expect(parsed(destination('')).destinations.app).toEqual({
    name: 'app',
    type: 'batch-mep',
    settings: {
      restKey: '${REST}',
      apiKeys: { ios: '${IOS}' },
      url: 'https://api.batch.com',
      chunkSize: 10_000,
      concurrency: 4,
      callsPerSecond: 1,
      maxRejectedPerChunk: 100,
      requestTimeout: 30_000,
    },
  });
});

test('every setting can be written', () => {
  const settings =
    ', url: http://127.0.0.1:8080/, chunkSize: 1, concurrency: 50, callsPerSecond: 0.5, maxRejectedPerChunk: 0, requestTimeout: 2m';
  expect(parsed(destination(settings)).destinations.app?.settings).toMatchObject({
    url: 'http://127.0.0.1:8080',
    chunkSize: 1,
    concurrency: 50,
    callsPerSecond: 0.5,
    maxRejectedPerChunk: 0,
    requestTimeout: 120_000,
  });
});

test('callsPerSecond may be off, and false means off', () => {
  expect(parsed(destination(', callsPerSecond: off')).destinations.app?.settings['callsPerSecond']).toBe('off');
  expect(parsed(destination(', callsPerSecond: false')).destinations.app?.settings['callsPerSecond']).toBe('off');
});

test('numbers outside their limits are refused', () => {
  expect(
    faultsOf(
      destination(
        ', chunkSize: 10001, concurrency: 0.5, callsPerSecond: 0, maxRejectedPerChunk: -1, requestTimeout: 121s',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "outflow.yaml has 5 faults:
    outflow.yaml:6 destinations.app.chunkSize: must be a whole number from 1 to 10000. Batch takes at most 10000 contacts a call; leave it out for 10000.
    outflow.yaml:6 destinations.app.concurrency: must be a whole number from 1 to 50. It counts chunks under way at once; leave it out for 4.
    outflow.yaml:6 destinations.app.maxRejectedPerChunk: must be a whole number from 0 to 10000. A chunk with more refused contacts fails its run; leave it out for 100.
    outflow.yaml:6 destinations.app.requestTimeout: must be a duration from 1s to 2m. Write a number and a unit, s, m, h, d or w: for example 30s.
    outflow.yaml:6 destinations.app.callsPerSecond: must be a number above 0, or off. Leave it out for 1 call a second for each target."
  `);
  expect(faultsOf(destination(', callsPerSecond: fast, chunkSize: .inf, concurrency: .nan'))).toMatchInlineSnapshot(`
    "outflow.yaml has 3 faults:
    outflow.yaml:6 destinations.app.chunkSize: must be a whole number from 1 to 10000. Batch takes at most 10000 contacts a call; leave it out for 10000.
    outflow.yaml:6 destinations.app.concurrency: must be a whole number from 1 to 50. It counts chunks under way at once; leave it out for 4.
    outflow.yaml:6 destinations.app.callsPerSecond: must be a number above 0, or off. Leave it out for 1 call a second for each target."
  `);
});

test('an address may hold a variable, but no credentials', () => {
  expect(parsed(destination(', url: "${BATCH_URL}"')).destinations.app?.settings['url']).toBe('${BATCH_URL}');
  expect(parsed(destination(', url: "http://${HOST}:8080/"')).destinations.app?.settings['url']).toBe(
    'http://${HOST}:8080/',
  );
  for (const url of [
    'ftp://api.batch.com',
    'api.batch.com',
    'https://me:hunter2@api.batch.com',
    'https://x?key=hunter2',
  ]) {
    const fault = faultsOf(destination(`, url: "${url}"`));
    expect(fault).toContain('destinations.app.url: must be an http(s) URL without credentials.');
    expect(fault).not.toContain('hunter2');
  }
});

describe('keys', () => {
  test('in clear are refused without printing them', () => {
    const text = destination('', 'restKey: hunter2, apiKeys: { ios: "x${IOS}", android: $ANDROID }');
    expect(faultsOf(text)).toMatchInlineSnapshot(`
      "outflow.yaml has 3 faults:
      outflow.yaml:6 destinations.app.restKey: must be a \${VAR} that holds the key, never the key itself. Write "\${BATCH_REST_KEY}", and set that variable in the environment or in .env.
      outflow.yaml:6 destinations.app.apiKeys.ios: must be a \${VAR} that holds the key, never the key itself. Write "\${BATCH_IOS_KEY}", and set that variable in the environment or in .env.
      outflow.yaml:6 destinations.app.apiKeys.android: must be a \${VAR} that holds the key, never the key itself. Write "\${BATCH_ANDROID_KEY}", and set that variable in the environment or in .env."
    `);
    expect(faultsOf(text)).not.toContain('hunter2');
  });

  test('that are missing or of apps with strange names are refused', () => {
    expect(faultsOf(destination('', 'restKey: , apiKeys: {}'))).toMatchInlineSnapshot(`
      "outflow.yaml has 2 faults:
      outflow.yaml:6 destinations.app.restKey: has no value. Write "\${BATCH_REST_KEY}", and set that variable in the environment or in .env.
      outflow.yaml:6 destinations.app.apiKeys: must be a map of at least one app to its API key. Write apiKeys: { ios: "\${BATCH_IOS_KEY}", android: "\${BATCH_ANDROID_KEY}" }."
    `);
    expect(faultsOf(destination('', 'apiKeys: { iOS: "${IOS}" }'))).toMatchInlineSnapshot(`
      "outflow.yaml has 2 faults:
      outflow.yaml:6 destinations.app.restKey: is missing. Write "\${BATCH_REST_KEY}", and set that variable in the environment or in .env.
      outflow.yaml:6 destinations.app.apiKeys.iOS: must be a name of 1 to 63 of a-z, 0-9, - and _, beginning with a letter or digit. Choose another, for example ios."
    `);
  });
});

test('another type is refused', () => {
  expect(faultsOf(written({ destination: '{ type: batch, restKey: "${REST}", apiKeys: { ios: "${IOS}" } }' })))
    .toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:6 destinations.app.type: must be one of batch-mep, webhook. Write type: batch-mep or webhook."
    `);
});
