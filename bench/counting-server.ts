// Takes every call for accepted and only counts: a stand-in for Batch that costs as little as can be, in a process of its
// own. Its argument is a `Pace` as JSON. A message of any kind makes it tell what it has counted since the one before. It ends
// with whoever started it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CountedCalls, Pace } from './counted-calls.js';
import { TokenBucket } from './token-bucket.js';

/** Calls that may come at once after a rest. */
const burst = 2;

const none: CountedCalls = { calls: 0, refused: 0, bytes: 0, firstAtMs: 0, lastAtMs: 0 };
let counted = { ...none };
const { callsPerSecond, answersAfterMs } = JSON.parse(process.argv[2]!) as Pace;
const bucket = callsPerSecond === undefined ? undefined : new TokenBucket(burst, callsPerSecond);

const server = createServer((request, response) => {
  const now = performance.now();
  if (counted.calls++ === 0) counted.firstAtMs = now;
  const isRefused = bucket?.take(now) === false;
  if (isRefused) counted.refused++;
  request.on('data', (piece: Buffer) => (counted.bytes += piece.length));
  const answer = (): void => {
    response.writeHead(isRefused ? 429 : 201, { 'content-type': 'application/json' }).end('{}');
    counted.lastAtMs = performance.now();
  };
  request.on('end', () => (answersAfterMs === undefined ? answer() : setTimeout(answer, answersAfterMs)));
});
server.listen(0, '127.0.0.1', () => {
  process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('message', () => {
  process.send!(counted);
  counted = { ...none };
});
process.on('disconnect', () => process.exit());
