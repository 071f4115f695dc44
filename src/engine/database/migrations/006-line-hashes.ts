import type { Knex } from 'knex';

/**
 * Hashes and places of the lines of the snapshot, so that a run knows them without reading them, and finds those that it needs.
 * Blocks and chunks of before have none: their activations read in order until the next fold.
 */
export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    alter table outflow.snapshot
      add column merged_at timestamptz, -- when a diff last compared the lines themselves, all of them
      add column hash_seed bytea not null default sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
    alter table outflow.snapshot_block
      add column hashes bytea, -- a line: 8 bytes
      add column places bytea; -- a line: where it ends in data, and a hash of its key, 4 bytes each
    alter table outflow.change_chunk
      add column replaced bytea, -- a row: the hash of the line that it replaces, zeros for none; empty when all are new
      add column hashes bytea, -- of a first run, when all contacts were accepted: the chunk is a block until the first fold
      add column places bytea;
    -- There is nothing to compress.
    alter table outflow.snapshot_block alter column hashes set storage external, alter column places set storage external;
    alter table outflow.change_chunk alter column replaced set storage external,
      alter column hashes set storage external, alter column places set storage external;

    -- Without lz4 blocks stay raw, too: pglz costs a fold 1.2 s of CPU a million lines, and each reading 0.14 s, for half the disk.
    do $$ begin
      if (select attcompression from pg_attribute
          where attrelid = 'outflow.snapshot_block'::regclass and attname = 'data') <> 'l' then
        alter table outflow.snapshot_block alter column data set storage external;
      end if;
    end $$;
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    alter table outflow.snapshot drop column merged_at, drop column hash_seed;
    alter table outflow.snapshot_block drop column hashes, drop column places;
    alter table outflow.change_chunk drop column replaced, drop column hashes, drop column places;
  `);
}
