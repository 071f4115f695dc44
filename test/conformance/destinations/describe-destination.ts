import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AttributeMapping } from '../../../src/activation/definitions.js';
import type { OutflowError } from '../../../src/activation/errors.js';
import { checkAccess } from '../../../src/delivery/check-access.js';
import type { Delivery } from '../../../src/delivery/deliver.js';
import type { RefusedContact } from '../../../src/delivery/delivery-progress.js';
import { encodeField } from '../../../src/lines/format.js';
import { type Column, type Delivered, Driver, type Row, sentRows, type Timelines } from './driver.js';
import { type Fate, type Interference, interfereWith } from './interference.js';
import { CALL_ROWS, type DestinationUnderTest, type StandIn } from './under-test.js';

/** A column of each kind, a text of it as sources write it, and the value that the destination must hold afterwards. */
const samples: (Column & { text: string; arrives: unknown })[] = [
  { attribute: 'city', kind: 'text', text: 'Zoë\t"李" \\ 😀', arrives: 'Zoë\t"李" \\ 😀' },
  { attribute: 'ltv', kind: 'number', text: '-12.50', arrives: -12.5 },
  { attribute: 'visits', kind: 'number', text: '9007199254740991', arrives: 9_007_199_254_740_991 },
  { attribute: 'opted_in', kind: 'boolean', text: 't', arrives: true },
  { attribute: 'opted_out', kind: 'boolean', text: 'f', arrives: false },
  { attribute: 'born', kind: 'date', text: '1990-02-03', arrives: '1990-02-03T00:00:00' },
  {
    attribute: 'seen',
    kind: 'timestamp',
    text: '2026-03-01 09:30:00.123+00',
    arrives: '2026-03-01T09:30:00',
  },
  { attribute: 'likes', kind: 'list', text: '{a,"b c",NULL}', arrives: ['a', 'b c'] },
];
const tier: Column = { attribute: 'tier', kind: 'text' };
const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `c-${i}@planted.example`);
const goldRows = (of: readonly string[]): Row[] => of.map((id) => ({ id, fields: ['planted gold'] }));

/** What every type of destination must pass: chunks go to its strict stand-in by HTTP, over a way on which calls get lost. */
export function describeDestination(type: DestinationUnderTest): void {
  let standIn: StandIn;
  let way: Interference;
  let driver: Driver;
  const known = ids(2 * CALL_ROWS + 1);

  beforeAll(() => start(known));
  afterAll(stop);
  beforeEach(() => {
    standIn.poison(); // which ends other refusals, too
    way.next();
    way.calls.length = 0;
  });

  async function start(contacts: readonly string[]): Promise<void> {
    standIn = await type.start(contacts);
    way = await interfereWith(standIn.url);
    driver = new Driver(type.definition(way.url), type.secrets);
  }

  async function stop(): Promise<void> {
    await driver.close();
    await way.close();
    await standIn.close();
  }

  /** Everything but these contacts holds `tier: planted gold`. */
  async function expectGold(of: readonly string[], except: readonly string[] = []): Promise<void> {
    for (const id of of) {
      const values = await standIn.valuesOf(id);
      if (except.includes(id)) expect(values?.['tier'], id).not.toBe('planted gold');
      else expect(values, id).toMatchObject({ tier: 'planted gold' });
    }
  }

  /** Sets another tier, so that what a test finds is what it has sent. */
  async function forget(of: readonly string[]): Promise<void> {
    const { ended } = await driver.deliver(
      [tier],
      of.map((id) => ({ id, fields: ['old'] })),
    );
    expect(ended).toMatchObject({ status: 'done' });
    way.calls.length = 0;
  }

  /** What the delivery ended with, which must be done. */
  function refusedOf({ ended }: Delivered): RefusedContact[] {
    expect(ended).toMatchObject({ status: 'done' });
    return Object.values((ended as Extract<Delivery, { status: 'done' }>).refused).flat();
  }

  const posts = ({ events }: Delivered): number[] => events.filter(({ what }) => what === 'post').map(({ ms }) => ms);

  describe('values', () => {
    test('of every kind arrive as they are', async () => {
      const [id] = known;
      const { ended } = await driver.deliver(samples, [{ id: id!, fields: samples.map(({ text }) => text) }]);
      expect(ended).toMatchObject({ status: 'done' });
      expect(await standIn.valuesOf(id!)).toMatchObject(
        Object.fromEntries(samples.map(({ attribute, arrives }) => [attribute, arrives])),
      );
    });

    test('that did not change are sent only where rows are whole; a null clears, and what is skipped is left out', async () => {
      const id = known[1]!;
      const columns: Column[] = [
        tier,
        { attribute: 'city', kind: 'text' },
        { attribute: 'note', kind: 'text', options: { onNull: 'skip' } },
      ];
      await driver.deliver(columns, [{ id, fields: ['gold', 'Nice', 'vip'] }]);
      expect(await standIn.valuesOf(id)).toMatchObject({ tier: 'gold', city: 'Nice', note: 'vip' });
      way.calls.length = 0;
      await driver.deliver(columns, [{ id, fields: [null, 'Lyon', null], carries: ['tier'] }]);
      const isWhole = driver.destination.traits.carries === 'whole';
      const clears = driver.rulesOf(columns)[0]!.render(null) as { json: string };
      expect(type.rowsOf(way.calls[0]!.body)).toEqual([
        { id, values: { tier: JSON.parse(clears.json) as unknown, ...(isWhole && { city: 'Lyon' }) } },
      ]);
      const held = await standIn.valuesOf(id);
      // Whole rows are for services that may blank what is not in them.
      expect(held).toMatchObject(isWhole ? { city: 'Lyon' } : { city: 'Nice', note: 'vip' });
      expect(held).not.toHaveProperty('tier');
    });

    test('stand in bodies as their rules render them, whatever their bytes', () => {
      const columns: Column[] = [tier, { attribute: 'ltv', kind: 'number' }, { attribute: 'likes', kind: 'list' }];
      const rules = driver.rulesOf(columns);
      const text = fc.string({ unit: 'grapheme', maxLength: 70 }).filter((each) => !each.includes('\0'));
      const number = fc.oneof(fc.integer().map(String), fc.constantFrom('1.00', 'NaN', '-0.5', '1e300', '00'));
      const list = fc.array(fc.constantFrom('a', '"b c"', 'NULL', '"\\""', '李')).map((items) => `{${items.join()}}`);
      const field = fc.tuple(fc.option(text), fc.option(number), fc.option(list));
      const { identifier, call, targets } = driver.destination;
      fc.assert(
        fc.property(fc.array(fc.tuple(text, field), { minLength: 1, maxLength: 5 }), (contacts) => {
          const rows = contacts
            .filter(([id]) => identifier.fault(id) === undefined)
            .map(([id, fields]) => ({
              id,
              fields,
              carries: columns
                .filter((_, i) => rules[i]!.render(fields[i]!).verdict === 'send')
                .map(({ attribute }) => attribute),
            }));
          const attributes = columns.map(({ attribute }) => attribute);
          const sending = { target: targets[0]!, rules, rows: sentRows(attributes, rows), from: 0, to: rows.length };
          if (rows.length > driver.destination.limits.callRows || rows.length === 0) return;
          const { body } = call({ ...sending, key: 'key', activation: 'loyalty' });
          expect(type.rowsOf(body.bytes.toString())).toEqual(
            rows.map(({ id, fields, carries }) => ({
              id,
              values: Object.fromEntries(
                carries.map((attribute) => {
                  const column = attributes.indexOf(attribute);
                  return [attribute, JSON.parse((rules[column]!.render(fields[column]!) as { json: string }).json)];
                }),
              ),
            })),
          );
          body.release();
        }),
      );
    });
  });

  describe('identifiers', () => {
    test('that no contact can have are known, as texts and as fields of a line', () => {
      const { fault, faultOfField } = driver.destination.identifier;
      const expected = [
        ...type.goodIdentifiers.map((id) => [id, undefined] as const),
        ...Object.entries(type.badIdentifiers).flatMap(([reason, each]) => each.map((id) => [id, reason] as const)),
      ];
      for (const [id, reason] of expected) {
        expect(fault(id), id).toBe(reason);
        const line = Buffer.from(`${encodeField(id)}\tx\n`);
        expect(faultOfField(line, 0, line.length - 3), id).toBe(reason);
      }
    });

    test('that the service does not know do what its traits say', async () => {
      const { traits } = driver.destination;
      const { ended } = await driver.deliver([tier], goldRows(['unknown@planted.example']));
      expect(ended).toMatchObject({ status: 'done' });
      const values = await standIn.valuesOf('unknown@planted.example');
      if (traits.unknownContacts === 'created') expect(values).toEqual({ tier: 'planted gold' });
      else expect(values).toBeUndefined();
    });
  });

  describe('calls', () => {
    test('hold no more rows than one may, and each row once', async () => {
      const { ended } = await driver.deliver([tier], goldRows(known));
      expect(ended).toMatchObject({ status: 'done' });
      const rows = way.calls.map(({ body }) => type.rowsOf(body).map(({ id }) => id));
      expect(Math.max(...rows.map((each) => each.length))).toBe(driver.destination.limits.callRows);
      expect(rows.flat()).toEqual(known);
    });

    test('leave after a mark each', async () => {
      way.next({ answer: { status: 503 } }, { drop: 'after reading' });
      const { events } = await driver.deliver([tier], goldRows(known.slice(0, 1)));
      expect(events.map(({ what }) => what)).toEqual([
        'mark',
        'post',
        'sleep',
        'mark',
        'post',
        'sleep',
        'mark',
        'post',
      ]);
    });
  });

  test('calls keep the pace, however many workers send', async () => {
    const [perSecond, windowMs] = [2, 10_000];
    const timelines: Timelines = new Map();
    const deliveries = [0, 1, 2].map(async (worker) => {
      const paced = new Driver(type.definition(way.url, perSecond), type.secrets, timelines);
      const size = 15 * paced.destination.limits.callRows;
      const some = ids(size).map((id) => `worker-${worker}-${id}`);
      const delivered = await paced.deliver([tier], goldRows(some));
      await paced.close();
      expect(delivered.ended).toMatchObject({ status: 'done' });
      return posts(delivered);
    });
    const moments = (await Promise.all(deliveries)).flat().sort((a, b) => a - b);
    expect(moments).toHaveLength(45);
    const inWindow = moments.map((from) => moments.filter((ms) => ms >= from && ms < from + windowMs).length);
    expect(Math.max(...inWindow)).toBe((perSecond * windowMs) / 1000);
  });

  describe('names of attributes', () => {
    const mapped = (attribute: string): AttributeMapping => ({
      ...{ attribute, field: 'tier', onTooLong: 'leave-out', onNotFinite: 'leave-out', onNull: 'clear' },
    });

    test('that the service refuses are known without a call, with what to do', () => {
      for (const name of type.badNames) {
        const faults = driver.destination.attributes.faults([mapped('good'), mapped(name)]);
        expect(faults, name).toMatchObject([{ attribute: name }]);
        for (const { rule, remedy } of faults) expect([rule, remedy]).not.toContain('');
      }
      expect(driver.destination.attributes.faults(type.goodNames.map(mapped))).toEqual([]);
    });
  });

  describe('an answer that does not come', () => {
    const fates: [string, Fate][] = [
      ['the connection ends before the call is read', { drop: 'before reading' }],
      ['the connection ends when the call is read', { drop: 'after reading' }],
      ['the call is taken and its answer lost', { lose: 'answer' }],
      ['half of the answer to a taken call is lost', { lose: 'half of the answer' }],
      [
        'a proxy shows a page with 200',
        { answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' } },
      ],
      ['a proxy says OK', { answer: { status: 200, body: 'OK' } }],
      ['500', { answer: { status: 500 } }],
      ['502 with a page', { answer: { status: 502, body: '<html>' } }],
      ['503', { answer: { status: 503 } }],
      ['408', { answer: { status: 408 } }],
    ];
    test.each(fates)('is waited for and the same call sent again: %s', async (_, fate) => {
      const few = known.slice(0, 1);
      await forget(few);
      way.next(fate);
      const delivered = await driver.deliver([tier], goldRows(few));
      expect(delivered.ended).toMatchObject({ status: 'done', refused: { [driver.destination.targets[0]!.name]: [] } });
      expect(posts(delivered)).toHaveLength(2);
      if (way.calls.length === 2) expect(way.calls[0]!.body).toBe(way.calls[1]!.body);
      await expectGold(few);
    });

    test.each([
      ['in seconds', () => '7', 7_000],
      ['as a date', () => new Date(Date.now() + 60_000).toUTCString(), 57_000],
      ['not at all', () => undefined, 1],
    ])('because the service is busy: nobody calls before the time that it names %s', async (_, header, leastMs) => {
      const retryAfter = header();
      const few = known.slice(0, 1);
      await forget(few);
      way.next({
        answer: { status: 429, ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }) },
      });
      const delivered = await driver.deliver([tier], goldRows(few));
      expect(delivered.ended).toMatchObject({ status: 'done' });
      const [first, second] = posts(delivered);
      expect(second! - first!).toBeGreaterThanOrEqual(leastMs);
      expect(delivered.events.find(({ what }) => what === 'slow')!.ms).toBeGreaterThanOrEqual(leastMs);
      await expectGold(few);
    });

    test('for long ends the delivery for now, with nothing lost', async () => {
      way.next(
        ...Array.from({ length: 60 }, (): Fate => ({ answer: { status: 429, headers: { 'retry-after': '90' } } })),
      );
      const { ended } = await driver.deliver([tier], goldRows(known.slice(0, 1)));
      expect(ended).toMatchObject({ status: 'later', busy: true });
    });
  });

  describe('refusals', () => {
    test('of a call are traced to the contact to blame, and all others are taken', async () => {
      const many = known.slice(0, CALL_ROWS);
      await forget(many);
      const poisoned = many[37]!;
      standIn.poison(poisoned);
      const delivered = await driver.deliver([tier], goldRows(many));
      const refused = refusedOf(delivered);
      expect(refused.map(({ row }) => row)).toEqual([37]);
      const { callRows } = driver.destination.limits;
      const least = Math.ceil(many.length / callRows);
      expect(posts(delivered).length - least).toBeLessThanOrEqual(2 * Math.log2(callRows) + 7);
      expect(JSON.stringify([delivered.saved, refused])).not.toContain('planted');
      await expectGold(many, [poisoned]);
    });

    test('of every contact are not looked for one by one: they fail the run, with what the contacts share', async () => {
      const { callRows, maxRejectedPerChunk } = driver.destination.limits;
      standIn.poison(...known);
      const columns = [tier, { attribute: 'city', kind: 'text' } as const];
      const rows = known.map((id, i) => ({
        id,
        fields: ['gold', 'Nice'],
        carries: i % 2 ? ['tier'] : ['tier', 'city'],
      }));
      const delivered = await driver.deliver(columns, rows);
      const { code, message } = (delivered.ended as { threw: OutflowError }).threw;
      expect(code).toBe('DestinationRejected');
      expect(message).toMatch(/All of them carry the attribute tier\.$/);
      expect(message).not.toContain('planted');
      expect(posts(delivered).length).toBeLessThanOrEqual(callRows === 1 ? maxRejectedPerChunk + 1 : 6);
    });

    test('of rows leave the others of the call taken', async ({ skip }) => {
      expect(standIn.refuseRows !== undefined).toBe(driver.destination.traits.refuses !== 'calls');
      if (!standIn.refuseRows) return skip();
      const few = known.slice(0, 5);
      await forget(few);
      standIn.refuseRows(few[1]!, few[3]!);
      const delivered = await driver.deliver([tier], goldRows(few));
      expect(delivered.ended).toMatchObject({ status: 'done' });
      expect(posts(delivered)).toHaveLength(Math.ceil(few.length / driver.destination.limits.callRows));
      const refused = refusedOf(delivered);
      expect(refused.map(({ row }) => row)).toEqual([1, 3]);
      expect(refused.every(({ code }) => code !== undefined)).toBe(true);
      expect(JSON.stringify([delivered.saved, refused])).not.toContain('planted');
      await expectGold(few, [few[1]!, few[3]!]);
    });

    test('of an attribute leave the others of the contact taken, and those of all others', async ({ skip }) => {
      expect(standIn.refuseAttribute !== undefined).toBe(driver.destination.traits.refuses === 'attributes');
      if (!standIn.refuseAttribute) return skip();
      const few = known.slice(0, 5);
      await forget(few);
      const refusedOne = few[2]!;
      standIn.refuseAttribute('tier', refusedOne);
      const delivered = await driver.deliver(
        [{ attribute: 'city', kind: 'text' }, tier],
        few.map((id) => ({ id, fields: ['Nice', 'planted gold'] })),
      );
      expect(posts(delivered)).toHaveLength(Math.ceil(few.length / driver.destination.limits.callRows));
      const refused = refusedOf(delivered);
      expect(refused).toMatchObject([{ row: 2, column: 1, code: expect.any(String) as string }]);
      expect(JSON.stringify([delivered.saved, refused])).not.toContain('planted');
      for (const id of few) expect(await standIn.valuesOf(id)).toMatchObject({ city: 'Nice' });
      await expectGold(few, [refusedOne]);
    });
  });

  describe('access', () => {
    const wrong = Object.entries(type.wrongSecrets).map(([variable, value]) => ({
      variable,
      secrets: { ...type.secrets, [variable]: value },
    }));

    test.each(wrong)('by a wrong $variable blames no contact, and a check finds it', async ({ secrets }) => {
      const definition = type.definition(way.url);
      const mistaken = new Driver(definition, secrets);
      const { ended } = await mistaken.deliver([tier], goldRows(known.slice(0, 3)));
      await mistaken.close();
      const errors = [(ended as { threw: OutflowError }).threw, ...(await accessOf(secrets))];
      expect(errors.map(({ code }) => code)).toEqual(['DestinationUnauthorized', 'DestinationUnauthorized']);
      for (const { message, remedy } of errors) {
        for (const secret of ['planted', ...Object.values(secrets)])
          expect(`${message} ${remedy}`).not.toContain(secret);
      }
    });

    test.each([301, 302, 307, 401, 403, 404])(
      'that is answered by %i blames no contact and is not repeated',
      async (status) => {
        way.next({ answer: { status, headers: { location: `${standIn.url}/elsewhere` } } });
        const delivered = await driver.deliver([tier], goldRows(known.slice(0, 1)));
        expect((delivered.ended as { threw: OutflowError }).threw.code).toBe('DestinationUnauthorized');
        expect(way.calls).toHaveLength(1);
      },
    );

    test('is found by a check that changes nothing', async () => {
      const [id] = known;
      const before = await standIn.valuesOf(id!);
      expect(await accessOf(type.secrets)).toEqual([]);
      expect(way.calls.flatMap(({ body }) => type.rowsOf(body))).toEqual([]);
      expect(await standIn.valuesOf(id!)).toEqual(before);
    });

    function accessOf(secrets: Record<string, string>): Promise<OutflowError[]> {
      return checkAccess(type.definition(way.url), {
        values: new Map(Object.entries(secrets)),
        lookedIn: 'the environment',
      });
    }
  });
}
