import { expect, test } from 'vitest';
import { signatureHeaders } from '../../../src/delivery/http/signature.js';

test('is that of the example that Standard Webhooks gives', () => {
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  const body = Buffer.from('{"test": 2432232314}');
  expect(signatureHeaders(key, body, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_999)).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('of a call without an id is of an id of its own', () => {
  const ids = [1, 2].map(() => signatureHeaders(Buffer.alloc(24), Buffer.from('{}'))['webhook-id']);
  expect(new Set(ids).size).toBe(2);
});
