import { type BlockLines, indexOf } from '../../src/snapshot/store/block-lines.js';
import type { HashedSnapshot } from '../../src/snapshot/index/known-lines.js';
import { hashesOf, type LineHasher } from '../../src/snapshot/index/line-hash.js';
import type { Layer } from '../../src/snapshot/store/layer.js';
import { each } from './diff-fixture.js';

const noLayout = { identifier: 'email', columns: [] };

/** A snapshot of these lines in blocks of three, without layers. `known`: the lines that its hashes tell of, if they are others. */
export function hashedLines(
  lines: readonly Buffer[],
  hasher: LineHasher,
  known: readonly Buffer[] = lines,
): HashedSnapshot {
  return {
    layout: noLayout,
    hasher,
    maxLines: known.length,
    ...hashedBlocks(lines, hasher),
    hashes: () => each([hashesOf(Buffer.concat(known), hasher)]),
    layers: (): Layer[] => [],
  };
}

/** These lines, in blocks of three. */
export function hashedBlocks(
  lines: readonly Buffer[],
  hasher: LineHasher,
): Pick<HashedSnapshot, 'hashes' | 'blocks' | 'blockLines'> {
  const blocks: Buffer[] = [];
  for (let at = 0; at < lines.length; at += 3) blocks.push(Buffer.concat(lines.slice(at, at + 3)));
  const linesOf = ({ seq, starts, lengths }: BlockLines): Buffer =>
    Buffer.concat(starts.map((start, i) => blocks[seq - 1]!.subarray(start, start + lengths[i]!)));
  const indexes = blocks.map((block, i) => {
    return { seq: i + 1, ...indexOf(block, hasher) };
  });
  return {
    hashes: () => each(indexes.map(({ hashes }) => hashes)),
    blocks: () => each(indexes),
    blockLines: (wanted) => each(wanted.map(linesOf)),
  };
}
