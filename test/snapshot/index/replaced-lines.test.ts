import { expect, test } from 'vitest';
import { hashesOf } from '../../../src/snapshot/index/line-hash.js';
import { anyHasher, type Contact, diffOf, linesOf } from '../diff-fixture.js';

const none = Buffer.alloc(8);

function hashOf(contact: Contact): Buffer {
  return hashesOf(linesOf([contact]), anyHasher);
}

test('each row of a chunk says the hash of the line that it replaces, and only of its own chunk', async () => {
  const ann: Contact = ['ann', 'Ann', 'gold'];
  const max: Contact = ['max', 'Max', 'gold'];
  const zoe: Contact = ['zoe', 'Zoe', 'gold'];
  const { chunks } = await diffOf({
    snapshot: [ann, max, zoe],
    segment: [['ann', 'Anna', 'gold'], ['bob', 'Bob', 'iron'], ['eve', 'Eve', 'iron'], ['fay', 'Fay', 'iron'], zoe],
    limits: { maxRows: 2 },
  });
  expect(chunks.map(({ kind, replaced }) => [kind, replaced])).toEqual([
    ['send', Buffer.concat([hashOf(ann), none])],
    ['send', Buffer.alloc(0)],
    ['settle', hashOf(max)],
  ]);
});
