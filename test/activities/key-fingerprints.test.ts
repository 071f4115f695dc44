import { expect, test } from 'vitest';
import { keyFingerprints } from '../../src/activities/key-fingerprints.js';

const url = 'https://api.batch.com';
const keys = { ios: 'ios-api-key', android: 'android-api-key' };

test('the same key at the same address has the same fingerprint, whatever the app is called', () => {
  const { ios } = keyFingerprints('engine', url, keys);
  expect(keyFingerprints('engine', url, { phone: 'ios-api-key' })).toEqual({ phone: ios });
});

test('another key, another address and another engine have other fingerprints', () => {
  const of = (engine: string, address: string, key: string) => keyFingerprints(engine, address, { app: key })['app'];
  const all = [
    of('engine', url, 'a'),
    of('engine', url, 'b'),
    of('engine', 'https://api.example.com', 'a'),
    of('other', url, 'a'),
  ];
  expect(new Set(all).size).toBe(4);
});

test('a fingerprint shows nothing of the key', () => {
  const shown = JSON.stringify(keyFingerprints('engine', url, keys));
  expect(shown).not.toContain('api-key');
  expect(Object.keys(keyFingerprints('engine', url, keys))).toEqual(['ios', 'android']);
});
