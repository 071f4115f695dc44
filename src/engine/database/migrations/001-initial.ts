import type { Knex } from 'knex';

/**
 * The engine's tables. Contact data (identifiers, lines) stand only in bytea columns and enter by binary COPY:
 * servers log bind parameters, never COPY data.
 */
export async function up(db: Knex): Promise<void> {
  for (const part of [engineAndDefinitions, runs, snapshots, rejections, alerts, audit]) await db.raw(part);
}

export async function down(db: Knex): Promise<void> {
  await db.raw('drop schema outflow cascade');
}

const engineAndDefinitions = /* sql */ `
  create table outflow.engine (
    only_row boolean primary key default true check (only_row),
    engine_id uuid not null default gen_random_uuid(),
    -- Where the database stands, once a worker has seen it: PostgreSQL's system identifier and the database's oid.
    place text,
    timeline int,
    epoch timestamptz not null default date_trunc('milliseconds', clock_timestamp()), -- begins when it is found, or said, to be set back
    set_back_because text, -- the last time; null: never
    sendings bigint not null default 0, -- runs that have begun to send: Temporal is told
    sent_run bigint not null default 0 -- the newest of these
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
    pause_reason text,
    paused_by_incident bigint, -- an open one; null: not paused, or by a person
    -- The incident that had paused it is over, or has nothing to do with it any more: its schedule is to go on, and one
    -- run is to be started.
    to_catch_up_after bigint,
    constraint activation_paused_by_incident check (paused_by_incident is null or paused_at is not null),
    constraint activation_paused_or_resumed check (to_catch_up_after is null or paused_at is null)
  );

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
`;

const runs = /* sql */ `
  create table outflow.run (
    run_id bigint generated always as identity primary key,
    activation_id bigint not null references outflow.activation,
    workflow_id text not null,
    temporal_run_id text not null unique,
    definitions_version bigint not null references outflow.definitions,
    trigger text not null check (trigger in ('schedule', 'cli', 'manual', 'recovery')),
    mode text not null default 'delta' check (mode in ('delta', 'full')),
    full_because text,
    state text not null check (state in ('diffing', 'held', 'sending', 'pausing', 'paused', 'closing', 'closed')),
    state_since timestamptz not null default clock_timestamp(),
    state_reason text,
    waiting jsonb, -- what it waits for by itself, since when, until the next try; null where it does not
    hold jsonb, -- its name, the guards with their figures, since when, the approval
    outcome text check (outcome in ('completed', 'completed_with_warnings', 'skipped', 'failed', 'cancelled')),
    error jsonb,
    request_timeout_ms int not null, -- of its destination: a request can arrive that long after its attempt
    rows_read bigint not null default 0, -- progress of the diff, written now and then
    -- The figures that stay when the chunks are gone; written when the run is closed.
    accepted bigint not null default 0,
    rejected bigint not null default 0,
    unsent bigint not null default 0,
    attributes_sent bigint not null default 0,
    requests bigint not null default 0,
    invalid_values bigint not null default 0,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    constraint run_closed_with_outcome check ((state = 'closed') = (outcome is not null)),
    constraint run_closed_with_time check ((state = 'closed') = (finished_at is not null))
  );
  create index run_of_activation on outflow.run (activation_id, run_id desc);

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

  -- Something that activations stand on is at fault: they are paused until it answers again.
  create table outflow.incident (
    incident_id bigint generated always as identity primary key,
    kind text not null check (kind in ('source', 'segment', 'destination', 'activation')),
    name text not null, -- in the definitions
    error jsonb not null, -- what the run met
    run_id bigint not null references outflow.run, -- that met it
    opened_at timestamptz not null default clock_timestamp(),
    probes int not null, -- so far, with those of an incident that it followed soon
    last_probe_at timestamptz,
    last_probe jsonb, -- what it met; null: the culprit answered
    next_probe_at timestamptz not null,
    closed_at timestamptz,
    closed_by text check (closed_by in ('probe', 'check', 'resume', 'obsolete')),
    resumed text[], -- names of the activations that were resumed when it was closed
    constraint incident_closed_by check ((closed_at is null) = (closed_by is null))
  );
  create unique index incident_open on outflow.incident (kind, name) where closed_at is null;
  create index incident_of_run on outflow.incident (run_id);
  alter table outflow.activation
    add foreign key (paused_by_incident) references outflow.incident,
    add foreign key (to_catch_up_after) references outflow.incident;
`;

/** How the bytea columns are laid out: src/lines/FORMAT.md. */
const snapshots = /* sql */ `
  create table outflow.snapshot (
    activation_id bigint primary key references outflow.activation,
    generation bigint not null default 0, -- of the blocks; 0: there are none
    layout jsonb, -- of the blocks
    row_count bigint not null default 0, -- contacts in the blocks
    invalid_values int[] not null default '{}', -- in the blocks, a column of the layout each
    through_run bigint not null default 0, -- the newest run folded into the blocks
    owed_before_run bigint not null default 0, -- values of older runs read as owed: a full run began
    full_because text,
    full_due text, -- why the next run is a full one: a reset, a restore
    everything_sent_at timestamptz, -- when the last first or full run completed
    merged_at timestamptz, -- when a diff last compared the lines themselves, all of them
    hash_seed bytea not null default sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
    -- A checksum of the rows that a run has met, so that the next one need not read them again to find that they are the same.
    checksum text,
    checksum_run bigint, -- whose rows it is of
    target_fingerprints jsonb not null default '{}'
  );

  -- The base of the snapshot: lines of COPY text in key order.
  create table outflow.snapshot_block (
    activation_id bigint not null,
    generation bigint not null,
    seq int not null,
    row_count int not null,
    data bytea not null, -- its lines
    hashes bytea not null, -- of each line
    places bytea not null, -- of each line: where it ends in data, and a hash of its key
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
    replaced bytea not null, -- a row: the hash of the line that it replaces, zeros for none; empty when all are new
    invalid_values int[] not null, -- standing after it less standing before it, a column of the layout each
    sending boolean not null default false, -- its run has begun to send: in doubt until it is acknowledged
    attempted_at timestamptz,
    requests int not null default 0,
    progress jsonb,
    acked_at timestamptz,
    owed bytea, -- null: nothing; else a row: its state and the attributes owed
    accepted int,
    rejected int,
    attributes_sent int,
    -- Of a first run, when all contacts were accepted: the chunk is a block until the first fold.
    hashes bytea,
    places bytea,
    primary key (run_id, diff_attempt, kind, seq),
    constraint change_chunk_block check ((hashes is null) = (places is null))
  );
  create index change_chunk_of_activation on outflow.change_chunk (activation_id, run_id);

  alter table outflow.snapshot_block set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 50);
  alter table outflow.change_chunk
    set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 50, fillfactor = 80);

  -- There is nothing to compress in hashes.
  alter table outflow.snapshot_block alter column hashes set storage external, alter column places set storage external;
  alter table outflow.change_chunk alter column replaced set storage external,
    alter column hashes set storage external, alter column places set storage external;

  -- Lines compress to half. lz4 costs next to nothing (measured: blocks are read and written as fast as raw ones). Where the
  -- server has only pglz, lines stay raw: it costs 1.2 s of CPU a million lines to write, and 0.14 s each time to read.
  do $$ begin
    alter table outflow.snapshot_block alter column data set compression lz4;
    alter table outflow.change_chunk alter column data set compression lz4;
  exception when feature_not_supported or invalid_parameter_value then
    alter table outflow.snapshot_block alter column data set storage external;
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
    deferred bigint not null,
    invalid jsonb not null, -- rows by reason
    invalid_values int[] not null, -- standing after the run if all of it is acknowledged, a column of the layout each
    known_after bigint not null, -- contacts of the snapshot when all of the run is acknowledged
    guard_figures jsonb not null,
    send_chunks int not null,
    settle_chunks int not null,
    read_mode text not null check (read_mode in ('sorted', 'unsorted', 'skipped')),
    read_ms int, -- of the last diff that has read the segment; null: not timed
    checksum_ms int, -- of the last checksum that was asked for; null: never
    checksum_matched boolean -- and spared the reading; null: not asked for, or nothing to compare it with
  );
  create index run_diff_of_activation on outflow.run_diff (activation_id, run_id desc);

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
`;

const rejections = /* sql */ `
  -- Owed because refused. Of one contact, all rows are of one run, one content and one due time.
  create table outflow.rejection (
    rejection_id bigint generated always as identity primary key,
    activation_id bigint not null,
    run_id bigint not null,
    identifier bytea not null, -- UTF-8
    target text not null, -- of the destination, as the definitions name it
    attribute text, -- null: the whole contact
    code text not null, -- as the destination gave it
    values_hash bytea not null, -- of all that is owed of the contact, as it was sent
    attempts int not null, -- refusals of this content in a row; 0: being written
    rejected_at timestamptz not null default clock_timestamp(),
    due_at timestamptz not null default clock_timestamp(), -- sent again then, or before with other values
    deferred_in_run bigint -- the last run that found it not due
  );
  create index rejection_of_activation on outflow.rejection (activation_id, identifier);
`;

/** What is raised, and an outbox of messages for each channel. */
const alerts = /* sql */ `
  -- How far an activation has been looked at; made when that is done for the first time.
  create table outflow.alert_watch (
    activation_id bigint primary key references outflow.activation,
    through_run bigint not null, -- the last closed run that was looked at
    counted_from timestamptz -- how stale it is counts from here; null: not counted, somebody has paused it
  );

  -- Conditions that are raised.
  create table outflow.alert_state (
    activation_id bigint not null references outflow.alert_watch on delete cascade,
    condition text not null check (condition in
      ('failed', 'held', 'paused', 'zero_rows', 'rejected_above', 'invalid_above', 'longer_than', 'stale',
        'set_back')),
    since timestamptz not null,
    primary key (activation_id, condition)
  );

  -- The channels of the newest definitions.
  create table outflow.alert_channel (
    channel text primary key,
    free_at timestamptz not null default clock_timestamp(), -- nobody sends before: one does, or it failed a moment ago
    failures int not null default 0, -- in a row
    failing_since timestamptz,
    last_error text, -- a text of ours: no address, no secret
    last_sent_at timestamptz,
    dropped bigint not null default 0 -- messages given up
  );

  create table outflow.alert_message (
    message_id bigint generated always as identity primary key,
    channel text not null references outflow.alert_channel on delete cascade,
    body jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    due_at timestamptz not null default clock_timestamp(),
    attempts int not null default 0 -- refused: the channel takes others
  );
  create index alert_message_of_channel on outflow.alert_message (channel, message_id);
`;

/** Who has done what. */
const audit = /* sql */ `
  -- Lines are only ever added.
  create table outflow.audit (
    audit_id bigint generated always as identity primary key,
    done_at timestamptz not null default clock_timestamp(),
    who text not null,
    done_by text not null check (done_by in ('cli', 'temporal-ui', 'schedule', 'recovery', 'system')),
    action text not null
      check (action in ('start', 'pause', 'resume', 'approve', 'cancel', 'reset', 'apply', 'retry', 'restored')),
    activation_id bigint references outflow.activation, -- null: of no activation, as an apply
    activation text, -- its name at that moment
    reason text,
    definitions_version bigint references outflow.definitions,
    constraint audit_names_activation check ((activation_id is null) = (activation is null))
  );
  create index audit_of_activation on outflow.audit (activation_id, audit_id desc);

  create function outflow.refuse_change() returns trigger language plpgsql as $$
  begin
    raise exception 'Lines of % are neither changed nor deleted.', tg_table_name using errcode = 'restrict_violation';
  end $$;
  create trigger audit_is_append_only before update or delete or truncate on outflow.audit
    for each statement execute function outflow.refuse_change();
`;
