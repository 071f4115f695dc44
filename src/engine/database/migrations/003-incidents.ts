import type { Knex } from 'knex';

/** Activations that are paused automatically, while something that they stand on is at fault, and what it is. */
export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
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
      add column paused_by_incident bigint references outflow.incident, -- an open one; null: not paused, or by a person
      -- The incident that had paused it is over, or has nothing to do with it any more: its schedule is to go on, and one
      -- run is to be started.
      add column to_catch_up_after bigint references outflow.incident,
      add constraint activation_paused_by_incident check (paused_by_incident is null or paused_at is not null),
      add constraint activation_paused_or_resumed check (to_catch_up_after is null or paused_at is null);
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    alter table outflow.activation drop column paused_by_incident, drop column to_catch_up_after;
    drop table outflow.incident;
  `);
}
