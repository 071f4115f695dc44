import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { DestinationDefinition } from '../../../src/activation/definitions.js';
import { counts } from '../../scenarios/support/counts.js';
import { email } from '../../scenarios/support/planted.js';
import type { Scenario } from '../../scenarios/support/scenario.js';

/** A type of destination with its stand-in, as whole runs meet it. */
export interface DestinationOfRuns {
  /** A checked definition with at most 10 rows a call and no pace. */
  definition: DestinationDefinition;
  /** What workers need for it. */
  environment: Record<string, string>;
  /** The next call is taken, and its answer waits for `release`. */
  holdNext(): void;
  held(): number | Promise<number>;
  release(): void | Promise<void>;
  /** Calls that hold one of these contacts are refused. */
  poison(...ids: string[]): void;
  /** The attribute `value` of these contacts is refused alone. Only where `traits.refuses` is `attributes`. */
  refuseValue?(...ids: string[]): void;
  valueOf(id: string, attribute: 'value' | 'city'): Promise<unknown>;
}

const CONTACTS = 25;

/** What runs of every destination must pass, with real workers that are killed. */
export function describeRuns(scenario: Scenario, destination: DestinationOfRuns): void {
  const { source } = scenario;
  const ids = Array.from({ length: CONTACTS }, (_, i) => email(i + 1));
  const setAll = (value: string) => source.query(`update people set value = 'planted ${value}'`);
  const startWorker = () => scenario.startWorker(destination.environment);

  beforeAll(async () => {
    await source.query(`create table people as
      select to_char(i, 'FM0000') || '@planted.example' as email, 'planted A' as value, 'planted Nice' as city from generate_series(1, ${CONTACTS}) i`);
    await scenario.define({
      people: {
        attributes: ['value', 'city'],
        destinationDefinition: destination.definition,
        retryRejectedAfterMs: [0],
      },
    });
    await startWorker();
  });
  beforeEach(() => destination.poison());

  async function expectEverybodyHas(value: string): Promise<void> {
    for (const id of ids) expect(await destination.valueOf(id, 'value'), id).toBe(`planted ${value}`);
  }

  test('a run sends everybody, the next one nobody, and a full run everybody again', async () => {
    expect(await scenario.run('people')).toMatchObject({
      counts: counts({ read: CONTACTS, new: CONTACTS, accepted: CONTACTS }),
    });
    await expectEverybodyHas('A');
    expect(await scenario.run('people')).toMatchObject({ counts: { unchanged: CONTACTS }, requests: 0 });
    expect(await scenario.run('people', 'full')).toMatchObject({ counts: { accepted: CONTACTS } });
    await expectEverybodyHas('A');
  }, 120_000);

  test('a call that was taken before its worker was killed is in doubt: the value that came back meanwhile is sent', async () => {
    await setAll('B');
    destination.holdNext();
    const run = await scenario.start({ activation: 'people' });
    await expect.poll(() => destination.held()).toBe(1);
    await scenario.workers.at(-1)!.kill();
    await setAll('A');
    await destination.release();
    await startWorker();
    expect(await scenario.resultOf(run)).toMatchObject({ outcome: 'completed', counts: { accepted: CONTACTS } });
    await expectEverybodyHas('B');
    expect(await scenario.run('people')).toMatchObject({ outcome: 'completed', counts: { accepted: CONTACTS } });
    await expectEverybodyHas('A');
  }, 180_000);

  test('a call that was answered before its worker was killed, and not acknowledged, is sent again', async () => {
    await setAll('G');
    destination.holdNext();
    const run = await scenario.start({ activation: 'people' });
    await expect.poll(() => destination.held()).toBe(1);
    const lock = await scenario.engine.db.transaction();
    await lock.raw('select from outflow.change_chunk where acked_at is null for update');
    await destination.release();
    await expect.poll(acknowledging).not.toEqual([]);
    await scenario.workers.at(-1)!.kill();
    for (const { pid } of await acknowledging()) await scenario.stored(`select pg_terminate_backend(${String(pid)})`);
    await lock.rollback();
    await startWorker();
    expect(await scenario.resultOf(run)).toMatchObject({ outcome: 'completed', counts: { accepted: CONTACTS } });
    await expectEverybodyHas('G');
    expect(await scenario.run('people')).toMatchObject({ counts: { unchanged: CONTACTS } });
  }, 180_000);

  /** Statements that wait to acknowledge a chunk. */
  const acknowledging = () =>
    scenario.stored(`select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%set acked_at%'`);

  test('a run that ended with a call in doubt owes its rows: the next one sends them, though nothing differs', async () => {
    await setAll('C');
    destination.holdNext();
    const run = await scenario.start({ activation: 'people' });
    await expect.poll(() => destination.held()).toBe(1);
    await scenario.workers.at(-1)!.kill();
    await run.terminate('by the test');
    await setAll('A');
    await destination.release();
    await startWorker();
    expect(await scenario.run('people')).toMatchObject({ outcome: 'completed' });
    await expectEverybodyHas('A');
  }, 180_000);

  test('a contact that was refused is owed, and sent with its newest value', async () => {
    const [first] = ids;
    await setAll('D');
    destination.poison(first!);
    expect(await scenario.run('people')).toMatchObject({ counts: { rejected: 1, accepted: CONTACTS - 1 } });
    destination.poison();
    await source.query(`update people set value = 'planted E' where email = '${first!}'`);
    expect(await scenario.run('people')).toMatchObject({ counts: { accepted: 1, rejected: 0 } });
    expect(await destination.valueOf(first!, 'value')).toBe('planted E');
    expect(await destination.valueOf(ids[1]!, 'value')).toBe('planted D');
  }, 120_000);

  test('an attribute that was refused is owed alone, and the others of its contact are acknowledged', async ({
    skip,
  }) => {
    if (!destination.refuseValue) return skip();
    const [first] = ids;
    await setAll('F');
    await source.query(`update people set city = 'planted Lyon'`);
    destination.refuseValue(first!);
    expect(await scenario.run('people')).toMatchObject({
      counts: { rejected: 1, accepted: CONTACTS - 1 },
      attributesSent: 2 * CONTACTS - 1,
    });
    expect(await destination.valueOf(first!, 'city')).toBe('planted Lyon');
    expect(await destination.valueOf(first!, 'value')).not.toBe('planted F');
    destination.poison();
    expect(await scenario.run('people')).toMatchObject({ counts: { accepted: 1, rejected: 0 }, attributesSent: 1 });
    await expectEverybodyHas('F');
  }, 120_000);

  test('histories and logs hold no contact data and no secret', async () => {
    expect(await scenario.placesThatHold('planted')).toEqual([]);
    expect(await scenario.placesThatHold('people')).not.toEqual([]);
  });
}
