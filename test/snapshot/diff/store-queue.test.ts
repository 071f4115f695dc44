import { expect, test } from 'vitest';
import { StoreQueue } from '../../../src/snapshot/diff/store-queue.js';

/** A server that stores nothing before it is told to. */
function slowServer() {
  const batches: { text: string; end: (failure?: Error) => void }[] = [];
  const queue = new StoreQueue((target, rows) => {
    const text = `${target}: ${rows.map(([field]) => field!.toString()).join()}`;
    return new Promise((resolve, reject) => {
      batches.push({ text, end: (failure) => (failure ? reject(failure) : resolve()) });
    });
  });
  return { queue, batches, add: (target: string, row: string) => queue.add(target, [Buffer.from(row)]) };
}

test('rows are stored in their order: the first at once, and those of a table that have gathered meanwhile together', async () => {
  const { queue, batches, add } = slowServer();
  const seen = () => batches.map(({ text }) => text);
  await add('chunk', '1');
  await add('chunk', '2');
  await add('chunk', '3');
  expect(seen()).toEqual(['chunk: 1']);
  batches[0]!.end();
  await expect.poll(seen).toEqual(['chunk: 1', 'chunk: 2,3']);
  await add('invalid', '4');
  await add('chunk', '5');
  batches[1]!.end();
  await expect.poll(seen).toEqual(['chunk: 1', 'chunk: 2,3', 'invalid: 4']);
  batches[2]!.end();
  await expect.poll(seen).toEqual(['chunk: 1', 'chunk: 2,3', 'invalid: 4', 'chunk: 5']);
  batches[3]!.end();
  await queue.stored();
});

test('who gave a row is told when it is stored, and not when it could not be', async () => {
  const { queue, batches } = slowServer();
  const stored: string[] = [];
  const add = (row: string) => queue.add('chunk', [Buffer.from(row)], () => stored.push(row));
  await add('1');
  await add('2');
  expect(stored).toEqual([]);
  batches[0]!.end();
  await expect.poll(() => batches.length).toBe(2);
  expect(stored).toEqual(['1']);
  batches[1]!.end(new Error('the connection is gone'));
  await expect(queue.stored()).rejects.toThrow('the connection is gone');
  expect(stored).toEqual(['1']);
});

test('a diff waits when the server is too far behind, and for the end of all', async () => {
  const { queue, batches, add } = slowServer();
  for (const row of ['1', '2', '3']) await add('chunk', row);
  const done: string[] = [];
  const fourth = add('chunk', '4').then(() => done.push('fourth'));
  await new Promise(setImmediate);
  expect(done).toEqual([]);
  batches[0]!.end();
  await fourth;
  const stored = queue.stored().then(() => done.push('stored'));
  batches[1]!.end();
  await expect.poll(() => batches.length).toBe(3);
  expect(done).toEqual(['fourth']);
  batches[2]!.end();
  await stored;
});

test('after a failure nothing is stored, and both the next row and the end meet it', async () => {
  const { queue, batches, add } = slowServer();
  await add('chunk', '1');
  await add('chunk', '2');
  batches[0]!.end(new Error('the server went away'));
  await expect(queue.stored()).rejects.toThrow('the server went away');
  await expect(add('chunk', '3')).rejects.toThrow('the server went away');
  expect(batches).toHaveLength(1);
});
