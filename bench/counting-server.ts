// Takes every call for accepted and only counts: a stand-in for Batch that costs as little as can be, in a process of its
// own. With a number of calls a second as argument it answers 429 to whatever exceeds a token bucket. A message of any kind
// makes it tell what it has counted since the one before. It ends with whoever started it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CountedCalls } from './counted-calls.js';
import { TokenBucket } from './token-bucket.js';

/** Calls that may come at once after a rest. */
const burst = 2;

const none: CountedCalls = { calls: 0, refused: 0, bytes: 0, firstAtMs: 0, lastAtMs: 0 };
let counted = { ...none };
const callsPerSecond = process.argv[2];
const bucket = callsPerSecond === undefined ? undefined : new TokenBucket(burst, Number(callsPerSecond));

const server = createServer((request, response) => {
  const now = performance.now();
  if (counted.calls++ === 0) counted.firstAtMs = now;
  const isRefused = bucket?.take(now) === false;
  if (isRefused) counted.refused++;
  request.on('data', (piece: Buffer) => (counted.bytes += piece.length));
  request.on('end', () => {
    response.writeHead(isRefused ? 429 : 201, { 'content-type': 'application/json' }).end('{}');
    counted.lastAtMs = performance.now();
  });
});
server.listen(0, '127.0.0.1', () => {
  process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('message', () => {
  process.send!(counted);
  counted = { ...none };
});
process.on('disconnect', () => process.exit());
