import { expect, test } from 'vitest';
import { destinationSecrets } from '../../src/config/secrets.js';
import { identityFingerprint } from '../../src/delivery/target-fingerprint.js';
import { batchMepDefinition } from '../support/batch-mep.js';

const base = 'https://api.example.com';

function fingerprint(engineId: string, address: string, key: string): string {
  const environment = {
    values: new Map(Object.entries({ KEY: key, ADDRESS: address, REST_KEY: 'r', IOS_KEY: 'i', ANDROID_KEY: 'a' })),
    lookedIn: 'the environment',
  };
  const secrets = destinationSecrets(batchMepDefinition(), environment);
  return identityFingerprint(engineId, { base: '${ADDRESS}', account: '${KEY}' }, secrets);
}

test('the same key at the same address has the same fingerprint, with and without a slash at its end', () => {
  expect(fingerprint('engine', base, 'key')).toBe(fingerprint('engine', `${base}/`, 'key'));
});

test('another key, another address and another engine have other fingerprints', () => {
  const all = [
    fingerprint('engine', base, 'a'),
    fingerprint('engine', base, 'b'),
    fingerprint('engine', 'https://eu.example.com', 'a'),
    fingerprint('other', base, 'a'),
  ];
  expect(new Set(all).size).toBe(4);
});

test('a fingerprint shows nothing of the key', () => {
  expect(fingerprint('engine', base, 'ios-api-key')).toMatch(/^[\w-]{22}$/);
});
