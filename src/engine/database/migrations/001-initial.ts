import type { Knex } from 'knex';

/**
 * The engine's tables. Contact data (identifiers, lines) stand only in bytea columns and enter by binary COPY:
 * servers log bind parameters, never COPY data.
 */
export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    create table outflow.engine (
      only_row boolean primary key default true check (only_row),
      engine_id uuid not null default gen_random_uuid()
    );
    insert into outflow.engine default values;

    create table outflow.definitions (
      version bigint generated always as identity primary key,
      document jsonb not null,
      applied_at timestamptz not null default now()
    );

    create table outflow.activation (
      activation_id bigint generated always as identity primary key,
      name text not null unique,
      removed_at timestamptz,
      paused_at timestamptz,
      paused_by text,
      pause_reason text
    );

    -- Which run may write for an activation. One row an activation, made with it; run_id is null while no run is open.
    create table outflow.claim (
      activation_id bigint primary key references outflow.activation,
      run_id bigint,
      workflow_id text,
      first_run_id text,
      namespace text,
      cluster text,
      taken_at timestamptz,
      constraint claim_whole check (num_nulls(run_id, workflow_id, first_run_id, namespace, cluster, taken_at) in (0, 6))
    );

    create table outflow.run (
      run_id bigint generated always as identity primary key,
      activation_id bigint not null references outflow.activation,
      workflow_id text not null,
      temporal_run_id text not null unique,
      definitions_version bigint not null references outflow.definitions,
      trigger text not null check (trigger in ('schedule', 'cli', 'manual')),
      mode text not null default 'delta' check (mode in ('delta', 'full')),
      full_because text,
      state text not null check (state in ('diffing', 'sending', 'pausing', 'paused', 'closing', 'closed')),
      state_since timestamptz not null default clock_timestamp(),
      state_reason text,
      outcome text check (outcome in ('completed', 'completed_with_warnings', 'skipped', 'failed', 'cancelled')),
      request_timeout_ms int not null, -- of its destination: a request can arrive that long after its attempt
      rows_read bigint not null default 0, -- progress of the diff, written now and then
      -- The figures that stay when the chunks are gone; written when the run is closed.
      accepted bigint not null default 0,
      rejected bigint not null default 0,
      unsent bigint not null default 0,
      attributes_sent bigint not null default 0,
      requests bigint not null default 0,
      invalid_values bigint not null default 0,
      error jsonb,
      started_at timestamptz not null default clock_timestamp(),
      finished_at timestamptz,
      constraint run_closed_with_outcome check ((state = 'closed') = (outcome is not null)),
      constraint run_closed_with_time check ((state = 'closed') = (finished_at is not null))
    );
    create index run_of_activation on outflow.run (activation_id, run_id desc);

    create table outflow.snapshot (
      activation_id bigint primary key references outflow.activation,
      generation bigint not null default 0, -- of the blocks; 0: there are none
      layout jsonb, -- of the blocks
      row_count bigint not null default 0, -- contacts in the blocks
      invalid_values int[] not null default '{}', -- in the blocks, a column of the layout each
      through_run bigint not null default 0, -- the newest run folded into the blocks
      owed_before_run bigint not null default 0, -- values of older runs read as owed: a full run began
      full_because text,
      everything_sent_at timestamptz, -- when the last first or full run completed
      key_fingerprints jsonb not null default '{}'
    );

    -- The base of the snapshot: lines of COPY text in key order.
    create table outflow.snapshot_block (
      activation_id bigint not null,
      generation bigint not null,
      seq int not null,
      row_count int not null,
      data bytea not null,
      primary key (activation_id, generation, seq)
    );

    -- Changes of a run: an outbox until they are acknowledged, an overlay of the snapshot after it.
    create table outflow.change_chunk (
      activation_id bigint not null,
      run_id bigint not null,
      diff_attempt bigint not null, -- the attempt of the diff that wrote it; counts only once run_diff names it
      kind text not null check (kind in ('send', 'settle')),
      seq int not null,
      row_count int not null,
      last_key bytea not null, -- rejections are kept by ranges of keys: (last_key of seq - 1, last_key]
      flags bytea not null, -- a row: its operation and the attributes that it carries
      data bytea not null, -- a row: its line
      invalid_values int[] not null, -- standing after it less standing before it, a column of the layout each
      attempted_at timestamptz,
      requests int not null default 0,
      progress jsonb,
      acked_at timestamptz,
      owed bytea, -- null: nothing; else a row: its state and the attributes owed
      accepted int,
      rejected int,
      attributes_sent int,
      primary key (run_id, diff_attempt, kind, seq)
    );
    create index change_chunk_of_activation on outflow.change_chunk (activation_id, run_id);
    alter table outflow.change_chunk set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 50, fillfactor = 80);
    alter table outflow.snapshot_block set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 50);

    -- Lines compress to half. lz4 costs next to nothing (measured: blocks are read and written as fast as raw ones);
    -- where the server has only pglz, whose writing costs 1.2 s of CPU a million lines, chunks, which are short-lived, stay raw.
    do $$ begin
      alter table outflow.snapshot_block alter column data set compression lz4;
      alter table outflow.change_chunk alter column data set compression lz4;
    exception when feature_not_supported or invalid_parameter_value then
      alter table outflow.change_chunk alter column data set storage external;
    end $$;

    create sequence outflow.diff_attempt;

    -- Written last: it publishes the chunks of its attempt.
    create table outflow.run_diff (
      run_id bigint primary key references outflow.run,
      activation_id bigint not null,
      diff_attempt bigint not null,
      layout jsonb not null,
      late_send_seen bigint not null, -- the newest late send that the diff saw
      read bigint not null,
      unchanged bigint not null,
      new bigint not null,
      changed bigint not null,
      gone bigint not null,
      invalid jsonb not null, -- rows by reason
      invalid_values int[] not null, -- standing after the run if all of it is acknowledged, a column of the layout each
      send_chunks int not null,
      settle_chunks int not null
    );

    -- Rows that the last diff left out, as lines: reason, identifier (COPY text).
    create table outflow.invalid_row_block (
      activation_id bigint not null,
      run_id bigint not null,
      diff_attempt bigint not null,
      seq int not null,
      row_count int not null,
      data bytea not null,
      primary key (run_id, diff_attempt, seq)
    );

    -- A request that may have arrived after its run had lost the claim: what it carried is owed, above everything that
    -- had not seen it.
    create table outflow.late_send (
      late_send_id bigint generated always as identity primary key,
      activation_id bigint not null,
      run_id bigint not null,
      layout jsonb not null,
      row_count int not null,
      flags bytea not null,
      data bytea not null,
      recorded_at timestamptz not null default clock_timestamp()
    );
    create index late_send_of_activation on outflow.late_send (activation_id);

    create table outflow.rejection (
      activation_id bigint not null,
      run_id bigint not null,
      identifier bytea not null, -- UTF-8
      api_key text not null, -- the app's name in the definitions
      attribute text, -- null: the whole contact
      code text not null, -- as the destination gave it
      rejected_at timestamptz not null default clock_timestamp()
    );
    create index rejection_of_activation on outflow.rejection (activation_id, identifier);

    -- The next free moment of each API key, for all activations and workers.
    create table outflow.pace (
      timeline text primary key,
      next_at timestamptz not null
    );

    create table outflow.unexpected_error (
      reference uuid primary key,
      run_id bigint,
      text text not null,
      happened_at timestamptz not null default clock_timestamp()
    );
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw('drop schema outflow cascade');
}
