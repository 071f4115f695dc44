import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { patiently } from './patience.js';
import type { Random } from './random.js';

/** Columns and the few values that each takes in turn, so that it often goes back to what it was; null: none. */
const columns = {
  tier: ['bronze', 'silver', 'gold'],
  plan: ['basic', 'plus', 'family'],
  score: ['10', '20', '30'],
  active: ['true', 'false'],
  city: ['Paris', 'Lyon', 'Nantes'],
  color: ['red', 'green', 'blue'],
  seen_at: ['2026-01-02 03:04:05+00', '2026-05-06 07:08:09+00', null],
  likes: ['{tea,wine}', '{wine}', null],
  note: ['one', 'two', 'three'],
  points: ['1', '2', '3'],
  shape: ['round', 'square', null],
} as const satisfies Record<string, readonly (string | null)[]>;

type Column = keyof typeof columns;

const allColumns = Object.keys(columns) as Column[];

/** One of each activation; a cohort changes one of these sets. Their types never change and they are never left out. */
const cohortColumns: readonly (readonly Column[])[] = [
  ['tier', 'city', 'note'],
  ['plan', 'color', 'shape'],
];

/** A value of a contact, by its column's list. */
interface Cell {
  n: number;
  column: Column;
  value: number;
}

/** Contacts that change together, around an accident. */
export interface Cohort {
  emails: string[];
  change(): Promise<void>;
  /** To the values that they had before. */
  changeBack(): Promise<void>;
}

/**
 * The table `contact` of the source. The first half of it drifts all the time; the second half stands still but for
 * cohorts, each of contacts that changed long ago: what an accident loses is not healed by a later change.
 */
export class Contacts {
  readonly count: number;
  private readonly source: pg.Pool;
  private readonly random: Random;
  private readonly values: Record<Column, number[]>;
  /** The next contact for a cohort, counted on through all laps. */
  private next = 0;
  private drifting: Promise<void> | undefined;
  private driftEnded = false;

  constructor(source: pg.Pool, count: number, random: Random) {
    this.source = source;
    this.random = random;
    this.count = count;
    const start = (column: Column) => Array.from({ length: count + 1 }, (_, n) => n % columns[column].length);
    this.values = Object.fromEntries(allColumns.map((column) => [column, start(column)])) as Record<Column, number[]>;
  }

  /** Creates the table, and the function `pass`, which waits before the contact at which the gate is closed. */
  async create(): Promise<void> {
    const first = (column: Column) =>
      `(array[${columns[column].map((value) => (value === null ? 'null' : `'${value}'`)).join(', ')}])[1 + n % ${columns[column].length}]`;
    const cast: Partial<Record<Column, string>> = {
      score: 'int',
      active: 'bool',
      seen_at: 'timestamptz',
      likes: 'text[]',
      points: 'int',
    };
    await this.source.query(`
      create table contact as
      select n, 'c' || to_char(n, 'FM00000') || '@chaos.example' as email, 'x-' || to_char(n, 'FM00000') as external_id,
             true as opted_in, ${allColumns.map((column) => `${first(column)}::${cast[column] ?? 'text'} as ${column}`).join(', ')}
      from generate_series(1, ${this.count}) n;
      alter table contact add primary key (n);
      create index on contact (email collate "C");
      create index on contact (external_id collate "C");
      create table closed_gate (n int);
      create function pass(n int) returns boolean language plpgsql as $$
      begin
        if exists (select from closed_gate where closed_gate.n = pass.n) then
          perform pg_advisory_xact_lock_shared(${gateLock});
        end if;
        return true;
      end $$;
      -- Along the index, so that lines come out before the gate.
      do $$ begin execute format('alter database %I set enable_sort = off', current_database()); end $$;`);
  }

  emailOf(n: number): string {
    return `c${String(n).padStart(5, '0')}@chaos.example`;
  }

  /** The next contacts that were left alone for longest, of the second half. */
  cohort(size: number): Cohort {
    const half = Math.floor(this.count / 2);
    const lap = Math.floor(this.next / half);
    const changed = cohortColumns[lap % cohortColumns.length]!;
    const numbers = Array.from({ length: size }, (_, i) => half + 1 + ((this.next + i) % half));
    this.next += size;
    const cells = (move: (value: number, length: number) => number): Cell[] =>
      changed.flatMap((column) =>
        numbers.map((n) => ({ n, column, value: move(this.values[column][n]!, columns[column].length) })),
      );
    const before = cells((value) => value);
    const after = cells((value, length) => (value + 1) % length);
    const emails = numbers.map((n) => this.emailOf(n));
    return { emails, change: () => this.set(after), changeBack: () => this.set(before) };
  }

  /** More than a guard allows of one activation changes, for good. */
  async changeMany(column: Column, share: number): Promise<void> {
    const numbers = Array.from({ length: this.count }, (_, i) => i + 1).filter((n) => n % 100 < share * 100);
    await this.set(numbers.map((n) => ({ n, column, value: (this.values[column][n]! + 1) % columns[column].length })));
  }

  /** Changes the type of a column; the values stay. False when somebody reads the table for too long. */
  async retype(column: 'score' | 'points', type: string): Promise<boolean> {
    const client = await this.source.connect();
    try {
      await client.query(`set lock_timeout = '3s'`);
      await client.query(`alter table contact alter column ${column} type ${type} using ${column}::${type}`);
      return true;
    } catch {
      return false;
    } finally {
      client.release(true);
    }
  }

  /** Queries that name the column do not work until it is renamed back. */
  async renameColumn(from: string, to: string): Promise<void> {
    await patiently(async () => {
      const { rowCount } = await this.source.query(
        `select from pg_attribute where attrelid = 'contact'::regclass and attname = $1`,
        [to],
      );
      if (rowCount === 0) await this.source.query(`alter table contact rename column ${from} to ${to}`);
    });
  }

  /** From now on contacts change, and many of them back again soon. */
  drift(): void {
    this.driftEnded = false;
    this.drifting = this.keepDrifting();
    this.drifting.catch(() => undefined); // thrown by endDrift
  }

  async endDrift(): Promise<void> {
    this.driftEnded = true;
    await this.drifting;
  }

  private async keepDrifting(): Promise<void> {
    const returns: { at: number; cells: Cell[] }[] = [];
    while (!this.driftEnded) {
      const before = this.someCells();
      await this.set(before.map((cell) => ({ ...cell, value: (cell.value + 1) % columns[cell.column].length })));
      if (this.random.chance(0.5)) returns.push({ at: Date.now() + this.random.between(200, 6_000), cells: before });
      if (this.random.chance(0.1)) await this.comeOrGo();
      await sleep(250);
      for (const due of returns.filter(({ at }) => at <= Date.now())) {
        await this.set(due.cells);
        returns.splice(returns.indexOf(due), 1);
      }
    }
  }

  private someCells(): Cell[] {
    const column = this.random.pick(allColumns);
    const numbers = Array.from({ length: 6 }, () => this.random.between(1, Math.floor(this.count / 2)));
    return [...new Set(numbers)].map((n) => ({ n, column, value: this.values[column][n]! }));
  }

  /** A few contacts leave the segment, or come back. */
  private async comeOrGo(): Promise<void> {
    const n = this.random.between(1, Math.floor(this.count / 2));
    await patiently(() =>
      this.source.query('update contact set opted_in = not opted_in where n between $1 and $2', [n, n + 2]),
    );
  }

  private async set(cells: readonly Cell[]): Promise<void> {
    for (const column of new Set(cells.map((cell) => cell.column))) {
      const ofColumn = cells.filter((cell) => cell.column === column);
      await patiently(() =>
        this.source.query(
          `do $$ declare type text := (select format_type(atttypid, null) from pg_attribute
             where attrelid = 'contact'::regclass and attname = '${column}');
           begin
             execute format('update contact set ${column} = v.value::%s from (values ${valuesOf(ofColumn)}) v (n, value) where contact.n = v.n', type);
           end $$`,
        ),
      );
      for (const { n, value } of ofColumn) this.values[column][n] = value;
    }
  }
}

/** Of the advisory lock that the gate is. */
export const gateLock = 77;

/** Inside a literal of SQL. */
function valuesOf(cells: readonly Cell[]): string {
  return cells
    .map(({ n, column, value }) => {
      const text = columns[column][value] ?? null;
      return `(${n}, ${text === null ? 'null' : `''${text}''`})`;
    })
    .join(', ');
}
