import { lineEnds } from '../../lines/format.js';
import { HASH_BYTES, hashesOf, type LineHash, type LineHasher, readHash } from '../index/line-hash.js';
import { endOfLine, placesOf, readKeyHash } from '../index/places.js';

/** A block without its lines: a hash and a place of each. */
export interface BlockIndex {
  /** Its number among the blocks. */
  seq: number;
  hashes: Buffer;
  places: Buffer;
}

/** What is stored beside the lines of a block. */
export function indexOf(lines: Buffer, hasher: LineHasher): Pick<BlockIndex, 'hashes' | 'places'> {
  const ends = lineEnds(lines);
  return { hashes: hashesOf(lines, hasher, ends), places: placesOf(lines, hasher, ends) };
}

/** Some lines of a block, in their order there. */
export interface BlockLines {
  seq: number;
  /** The stretches of the block that they fill, bytes. */
  starts: number[];
  lengths: number[];
  /** A line each. */
  hashes: Buffer;
}

/** The lines of these blocks that are wanted; undefined when they are more than `maxBytes`. */
export async function wantedLines(
  blocks: AsyncIterable<BlockIndex>,
  isWanted: (line: LineHash, keyHash: number) => boolean,
  maxBytes: number,
): Promise<BlockLines[] | undefined> {
  const found: BlockLines[] = [];
  let bytes = 0;
  for await (const block of blocks) {
    const wanted = wantedOf(block, isWanted);
    if (wanted === undefined) continue;
    for (const length of wanted.lengths) bytes += length;
    if (bytes > maxBytes) return undefined;
    found.push(wanted);
  }
  return found;
}

function wantedOf(
  { seq, hashes, places }: BlockIndex,
  isWanted: (line: LineHash, keyHash: number) => boolean,
): BlockLines | undefined {
  const starts: number[] = [];
  const lengths: number[] = [];
  const wantedHashes: Buffer[] = [];
  const hash = { low: 0, high: 0 };
  let lastEnd = -1;
  for (let line = 0, at = 0; at < hashes.length; line++, at += HASH_BYTES) {
    readHash(hashes, at, hash);
    if (!isWanted(hash, readKeyHash(places, line))) continue;
    const start = endOfLine(places, line - 1);
    const end = endOfLine(places, line);
    if (start === lastEnd) {
      lengths[lengths.length - 1]! += end - start;
    } else {
      starts.push(start);
      lengths.push(end - start);
    }
    wantedHashes.push(hashes.subarray(at, at + HASH_BYTES));
    lastEnd = end;
  }
  return starts.length === 0 ? undefined : { seq, starts, lengths, hashes: Buffer.concat(wantedHashes) };
}

/**
 * The query of these lines: a row a block, in the order of `wanted`. `blocks`: their table, and a condition. Of a raw block
 * the server reads only the pieces in which they stand; one that is compressed is decompressed once (the `offset 0` keeps
 * that out of the inner query), where each `substr` would do it again.
 */
export function linesQuery(blocks: string, wanted: readonly BlockLines[]): string {
  const rows = wanted.map(
    ({ seq, starts, lengths }) => `(${seq}, '{${starts.join()}}'::int[], '{${lengths.join()}}'::int[])`,
  );
  return `
    select (select string_agg(substr(block.data, stretch.start + 1, stretch.length), '' order by stretch.nr)
            from unnest(wanted.starts, wanted.lengths) with ordinality stretch (start, length, nr))
    from (values ${rows.join(', ')}) wanted (seq, starts, lengths),
      lateral (select case when pg_column_compression(data) is null then data else data || '' end as data
               from ${blocks} and seq = wanted.seq
               offset 0) block
    order by wanted.seq`;
}
