import type { Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CopyMessages } from '../../src/copy/copy-messages.js';
import { CopyOut } from '../../src/copy/copy-out.js';
import { Windows } from '../../src/copy/windows.js';
import { sourceDatabase, type SourceDatabase } from '../sources/postgres/source-database.js';

let database: SourceDatabase;
beforeAll(async () => {
  database = await sourceDatabase();
});
afterAll(() => database.drop());

function message(code: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(4 + content.length);
  return Buffer.concat([Buffer.from(code), length, content]);
}

test('the data of a COPY are taken out of its messages wherever these are cut, and what follows is left', () => {
  const row = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
  const other = fc.record({ code: fc.constantFrom('H', 'N', 'S', 'A'), content: row });
  const sequence = fc.array(fc.oneof({ arbitrary: row, weight: 4 }, other), { maxLength: 12 });
  const after = Buffer.concat([message('c', Buffer.alloc(0)), message('C', Buffer.from('COPY 3\0'))]);
  fc.assert(
    fc.property(
      sequence,
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
      (sent, lengths) => {
        const messages = sent.map((one) => ('code' in one ? message(one.code, one.content) : message('d', one)));
        const bytes = Buffer.concat([...messages, after]);
        const reader = new CopyMessages();
        const data: Buffer[] = [];
        for (let at = 0, cut = 0; ; cut++) {
          const end = Math.min(at + lengths[cut % lengths.length]!, bytes.length);
          const taken = reader.take(Buffer.from(bytes.subarray(at, end)));
          data.push(Buffer.from(taken.data));
          at = end;
          if (taken.rest === undefined) continue;
          expect(Buffer.concat([taken.rest, bytes.subarray(at)])).toEqual(after);
          break;
        }
        expect(Buffer.concat(data)).toEqual(Buffer.concat(sent.filter((one) => !('code' in one)) as Buffer[]));
      },
    ),
  );
});

test('rows of any length are read whole and counted, and the connection serves on', async () => {
  const { client } = await database.open();
  const copy = client.query(
    new CopyOut(
      `copy (select i, repeat('x', case i % 1000 when 0 then 600000 else i % 300 end) from generate_series(1, 5000) i) to stdout`,
      new Windows(0),
    ),
  );
  const pieces: Buffer[] = [];
  for await (const piece of copy) pieces.push(Buffer.from(piece));
  const lines = Buffer.concat(pieces).toString().split('\n').slice(0, -1);
  expect(lines.map((line) => line.length)).toEqual(
    Array.from({ length: 5000 }, (_, i) => `${i + 1}\t`.length + ((i + 1) % 1000 === 0 ? 600_000 : (i + 1) % 300)),
  );
  expect(copy.rowCount).toBe(5000);
  expect((await client.query<{ two: number }>('select 1 + 1 as two')).rows).toEqual([{ two: 2 }]);
});

test('a reader that is slow makes the server wait, and a failure comes after the rows before it', async () => {
  const { client } = await database.open();
  const copy = client.query(
    new CopyOut(
      `copy (select repeat('x', 1000), 1 / (20000 - i) from generate_series(1, 30000) i) to stdout`,
      new Windows(0),
    ),
  );
  let bytes = 0;
  await expect(
    (async () => {
      for await (const piece of copy) {
        expect(piece.length).toBeLessThan(1 << 20);
        bytes += piece.length;
        if (bytes < 5_000_000) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })(),
  ).rejects.toThrow('division by zero');
  expect(bytes).toBeGreaterThan(19_000_000);
  expect((await client.query<{ two: number }>('select 1 + 1 as two')).rows).toEqual([{ two: 2 }]);
});

test('a source without a sort goes on while its reader is not ready, up to a limit', async () => {
  const { client } = await database.open();
  const copy = client.query(
    new CopyOut(`copy (select i, repeat('x', 1000) from generate_series(1, 20000) i) to stdout`, new Windows(4 << 20)),
  );
  const read = (): number => (client as unknown as { connection: { stream: Socket } }).connection.stream.bytesRead;
  await expect.poll(read).toBeGreaterThan(3_000_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(read()).toBeLessThan(5_000_000);
  let lines = '';
  for await (const piece of copy) lines += piece.toString().replaceAll(/\tx*/g, '');
  expect(lines).toBe(Array.from({ length: 20_000 }, (_, i) => `${i + 1}\n`).join(''));
});

test('a failure waits for a reader that comes late', async () => {
  const { client } = await database.open();
  const copy = client.query(new CopyOut('copy (select 1 / 0) to stdout', new Windows(0)));
  await client.query('select 1');
  await expect(copy[Symbol.asyncIterator]().next()).rejects.toThrow('division by zero');
});
