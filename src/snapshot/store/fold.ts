import { NEWLINE } from '../../lines/format.js';
import type { Layout } from '../../activation/layout.js';
import type { AttributeRule } from '../../activation/rendering.js';
import { lockClaimForTakeover } from '../../engine/claim/claim.js';
import { withConnection, type Engine } from '../../engine/database/database.js';
import { int4, int8 } from '../../copy/binary-copy.js';
import { indexOf } from './block-lines.js';
import { RowComparison } from '../diff/compare-rows.js';
import { copyWithClaim } from '../../engine/claim/copy-with-claim.js';
import { isFoldDue, layersAboveBase } from './fold-due.js';
import { readSnapshot } from './effective.js';
import { openSnapshot, type Snapshot } from './snapshot.js';
import { StoreQueue } from '../diff/store-queue.js';
import { type ClaimedRun, runSuperseded } from '../../engine/claim/claimed-run.js';
import { writeWithClaim } from '../../engine/claim/write-with-claim.js';

const BLOCK_LINES = 4000;
const BLOCK = 'outflow.snapshot_block (activation_id, generation, seq, row_count, data, hashes, places)';

/**
 * Writes the effective snapshot into blocks of a new generation and switches to it. Call it when all chunks of the run are
 * acknowledged. A crash leaves the old generation whole; stray blocks are deleted by the next fold. Two attempts may
 * overlap, because a process that was stopped goes on: one of them at most switches. Throws RunSuperseded.
 */
export async function foldSnapshot(
  engine: Engine,
  run: ClaimedRun,
  layout: Layout,
  rules: readonly AttributeRule[],
  onBlock: () => void,
): Promise<{ folded: boolean; contacts: number }> {
  const standing = await layersAboveBase(engine, run);
  if (!isFoldDue(standing, layout)) return { folded: false, contacts: standing.contacts };
  const view = await openSnapshot(engine, run, 'this run too');
  try {
    return await withConnection(engine, async (client) => {
      const generation = view.generation + 1;
      await deleteStrayBlocks(engine, run, view);
      const recount = view.hasLateSends ? new InvalidValueCount(rules) : undefined;
      let contacts = 0;
      let seq = 0;
      const blocks = new StoreQueue((target, rows) => copyWithClaim(client, run, target, rows));
      for await (const block of cutBlocks(readSnapshot(view.parts(), layout))) {
        const { hashes, places } = indexOf(block.data, view.hasher);
        const head = [int8(run.activationId), int8(generation), int4(++seq), int4(block.lines)];
        await blocks.add(BLOCK, [...head, block.data, hashes, places]);
        recount?.add(block.data);
        contacts += block.lines;
        onBlock();
      }
      await blocks.stored();
      const invalidValues = recount?.counts ?? view.standingInvalidValues(layout);
      await switchGeneration(engine, run, view, { generation, layout, blocks: seq, contacts, invalidValues });
      return { folded: true, contacts };
    });
  } finally {
    view.close();
  }
}

/** Of attempts that were never switched to. The lock keeps the generation that the view shows while they go. */
async function deleteStrayBlocks(engine: Engine, run: ClaimedRun, view: Snapshot): Promise<void> {
  await writeWithClaim(
    engine.db,
    run,
    `with unswitched as materialized (
       select 1 from outflow.snapshot where activation_id = :activationId and generation = :generation for share)
     delete from outflow.snapshot_block
     where activation_id = :activationId and generation > :generation
       and exists (select from claimed) and exists (select from unswitched)
     returning seq`,
    { generation: view.generation },
  );
}

interface NewGeneration {
  generation: number;
  layout: Layout;
  blocks: number;
  contacts: number;
  invalidValues: number[];
}

async function switchGeneration(engine: Engine, run: ClaimedRun, view: Snapshot, next: NewGeneration): Promise<void> {
  const { activationId, runId } = run;
  await engine.db.transaction(async (trx) => {
    const holder = await lockClaimForTakeover(trx, activationId);
    if (holder?.runId !== runId) throw runSuperseded(runId);
    const switched = await trx('outflow.snapshot')
      .where({ activation_id: activationId, generation: view.generation })
      .update({
        generation: next.generation,
        layout: JSON.stringify(next.layout),
        row_count: next.contacts,
        invalid_values: next.invalidValues,
        through_run: view.throughRun,
        // The diff whose rows it is of may not have known what was sent late, and is owed from now on.
        ...(view.hasLateSends && { checksum: null, checksum_run: null }),
      });
    const [stored] = await trx('outflow.snapshot_block')
      .where({ activation_id: activationId, generation: next.generation })
      .count<{ blocks: number }[]>('* as blocks');
    if (switched === 0 || stored!.blocks !== next.blocks) {
      throw new Error('another attempt of the fold has taken the place of this one');
    }
    await trx('outflow.snapshot_block')
      .where({ activation_id: activationId })
      .andWhere('generation', '<', next.generation)
      .delete();
    await trx.raw(
      `update outflow.run r
       set accepted = sent.accepted, rejected = sent.rejected, attributes_sent = sent.attributes_sent, requests = sent.requests
       from (select sum(accepted) as accepted, sum(rejected) as rejected, sum(attributes_sent) as attributes_sent,
                    sum(requests) as requests
             from outflow.change_chunk where run_id = :runId and kind = 'send' having count(*) > 0) sent
       where r.run_id = :runId`,
      { runId },
    );
    await trx('outflow.change_chunk')
      .where({ activation_id: activationId })
      .andWhere('run_id', '<=', view.throughRun)
      .delete();
    await trx('outflow.late_send')
      .where({ activation_id: activationId })
      .andWhere('late_send_id', '<=', view.lateSendSeen)
      .delete();
  });
}

interface Block {
  lines: number;
  data: Buffer;
}

/** Cuts a stream of whole lines into blocks of about 4,000. */
async function* cutBlocks(lines: AsyncIterable<Buffer>): AsyncGenerator<Block> {
  let pieces: Buffer[] = [];
  let count = 0;
  for await (const piece of lines) {
    let start = 0;
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, at + 1)) {
      count++;
      if (count < BLOCK_LINES) continue;
      pieces.push(piece.subarray(start, at + 1));
      yield { lines: count, data: together(pieces) };
      pieces = [];
      count = 0;
      start = at + 1;
    }
    if (start < piece.length) pieces.push(piece.subarray(start));
  }
  if (count > 0) yield { lines: count, data: together(pieces) };
}

function together(pieces: Buffer[]): Buffer {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

/** Counts the invalid values of lines, a column each. */
class InvalidValueCount {
  readonly counts: number[];
  private readonly comparison: RowComparison;

  constructor(rules: readonly AttributeRule[]) {
    this.counts = rules.map(() => 0);
    this.comparison = new RowComparison(rules);
  }

  add(lines: Buffer): void {
    for (let start = 0; start < lines.length;) {
      const end = lines.indexOf(NEWLINE, start) + 1;
      this.comparison.gone(lines, start, end);
      this.comparison.verdict.invalid.forEach((change, column) => (this.counts[column]! -= change));
      start = end;
    }
  }
}
