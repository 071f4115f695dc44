import type pg from 'pg';
import { expect } from 'vitest';

/** A gate in the source: a segment `where pass(email)` is read up to the email where the gate is closed, and waits there. */
export interface Gate {
  /** Resolves when a session stands before it. */
  reached(): Promise<void>;
  open(): Promise<void>;
}

const lock = 77;

/** Makes `pass`, for segments of this source. */
export async function makeGate(source: pg.Client): Promise<void> {
  await source.query(`
    create table closed_gate (email text);
    create function pass(email text) returns boolean language plpgsql security definer as $$
    begin
      if exists (select from closed_gate where closed_gate.email = pass.email) then
        perform pg_advisory_xact_lock_shared(${lock});
      end if;
      return true;
    end $$;`);
}

/** Closes the gate at this email. */
export async function closeGate(source: pg.Client, email: string): Promise<Gate> {
  await source.query('insert into closed_gate values ($1)', [email]);
  await source.query(`select pg_advisory_lock(${lock})`);
  return {
    async reached() {
      const waiting = `select count(*)::int as sessions from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`;
      await expect.poll(async () => (await source.query<{ sessions: number }>(waiting)).rows[0]!.sessions).toBe(1);
    },
    async open() {
      await source.query('delete from closed_gate');
      await source.query(`select pg_advisory_unlock(${lock})`);
    },
  };
}
