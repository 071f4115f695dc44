import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/config/environment.js';
import { batchKeys, destinationUrl, missingSecrets, sourceUrl } from '../../src/config/secrets.js';
import { errorOf, parsed, written } from './written.js';

const environment = (values: Record<string, string>): Environment => ({
  values: new Map(Object.entries(values)),
  lookedIn: 'the environment and in shop/.env',
});
const definitions = parsed(
  written({
    destination:
      '{ type: batch-mep, restKey: "${REST}", apiKeys: { ios: "${IOS}", android: "${ANDROID}" }, url: "http://${HOST}/" }',
  }),
);
const warehouse = (url: string) => ({ name: 'warehouse', type: 'postgres' as const, url, concurrentReads: 4 });
const app = definitions.destinations.app!;

describe('the URL of a source', () => {
  test('may be a variable as a whole', () => {
    const url = 'postgres://me:p%40ss@db/shop';
    expect(sourceUrl(warehouse('${WAREHOUSE_URL}'), environment({ WAREHOUSE_URL: url }))).toBe(url);
  });

  test('has the password encoded that a variable holds as it is', () => {
    const values = { PASSWORD: 'p@ss/w:rd?${HOST}', HOST: 'db:5432' };
    const url = sourceUrl(
      warehouse('postgres://me:${PASSWORD}@${HOST}/shop?application_name=${PASSWORD}'),
      environment(values),
    );
    expect(url).toBe(
      'postgres://me:p%40ss%2Fw%3Ard%3F%24%7BHOST%7D@db:5432/shop?application_name=p%40ss%2Fw%3Ard%3F%24%7BHOST%7D',
    );
    expect(decodeURIComponent(new URL(url).password)).toBe(values.PASSWORD);
  });

  test('is refused without printing it when the variable holds none', () => {
    const error = errorOf(() => sourceUrl(warehouse('${WAREHOUSE_URL}'), environment({ WAREHOUSE_URL: 'hunter2' })));
    expect(error.report()).toMatchInlineSnapshot(`
      {
        "code": "ConfigInvalid",
        "message": "The URL of source warehouse, with the value of WAREHOUSE_URL, is not a PostgreSQL URL",
        "remedy": "Give the variable a value like postgres://user:password@host:5432/database.",
      }
    `);
  });

  test('names the variable that is missing, and where it was looked for', () => {
    expect(errorOf(() => sourceUrl(warehouse('${WAREHOUSE_URL}'), environment({}))).report()).toMatchInlineSnapshot(`
      {
        "code": "SecretMissing",
        "message": "Source warehouse needs WAREHOUSE_URL, not set in the environment and in shop/.env",
        "remedy": "Set it there; an empty value counts as not set.",
      }
    `);
  });
});

describe('the keys of a Batch account', () => {
  test('are taken from the environment', () => {
    expect(batchKeys(app, environment({ REST: 'r', IOS: 'i', ANDROID: 'a', HOST: 'h' }))).toEqual({
      restKey: 'r',
      apiKeys: { ios: 'i', android: 'a' },
    });
  });

  test('that are missing are named all at once', () => {
    expect(errorOf(() => batchKeys(app, environment({ IOS: 'i' }))).report()).toMatchInlineSnapshot(`
      {
        "code": "SecretMissing",
        "message": "Destination app needs REST, ANDROID, HOST, not set in the environment and in shop/.env",
        "remedy": "Set them there; an empty value counts as not set.",
      }
    `);
  });
});

describe('the address of a destination', () => {
  test('has no slash at its end', () => {
    expect(destinationUrl(app, environment({ HOST: 'localhost:8080' }))).toBe('http://localhost:8080');
  });

  test('needs only its own variables', () => {
    expect(errorOf(() => destinationUrl(app, environment({}))).message).toContain('needs HOST,');
  });

  test('is refused when a variable makes it no address', () => {
    expect(errorOf(() => destinationUrl(app, environment({ HOST: 'me:hunter2@h' }))).report()).toMatchInlineSnapshot(`
      {
        "code": "ConfigInvalid",
        "message": "The URL of destination app, with the value of HOST, is not an http(s) URL without credentials",
        "remedy": "Give the variable a value like https://api.batch.com.",
      }
    `);
  });
});

test('every place that refers to a missing variable is told', () => {
  expect(missingSecrets(definitions, environment({ REST: 'r', ANDROID: 'a' }))).toEqual([
    { variable: 'WAREHOUSE_URL', path: ['sources', 'warehouse', 'url'] },
    { variable: 'IOS', path: ['destinations', 'app', 'apiKeys', 'ios'] },
    { variable: 'HOST', path: ['destinations', 'app', 'url'] },
  ]);
});
