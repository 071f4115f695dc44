import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OutflowError } from '../../src/activation/errors.js';
import { deliverChunk } from '../../src/delivery/deliver.js';
import type { DeliveryProgress, RefusedContact } from '../../src/delivery/delivery-progress.js';
import type { Verdict } from '../../src/destinations/destination.js';
import type { Body } from '../../src/destinations/kit/body.js';
import { accepted, bodyIn, callWith, malformed, refusing, scripted } from './scripted-delivery.js';

const refusedRow = (row: number) => ({ row, status: 400, code: 'MALFORMED_PARAMETER 31' });

describe('a chunk that is accepted', () => {
  test('takes one call an app, each paced and marked, one app after the other, and saves what is not the end', async () => {
    const delivery = scripted(1000, () => accepted, { targets: ['ios', 'android'] });
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'done', refused: { ios: [], android: [] } });
    expect(delivery.log).toEqual([
      ...['pace ios', 'mark', 'post ios 0-1000', 'save'],
      ...['pace android', 'mark', 'post android 0-1000'],
    ]);
  });

  test('is not sent again to an app that has it', async () => {
    const first = scripted(10, () => accepted, { targets: ['ios', 'android'] });
    first.input.save = (progress) => {
      first.saved = structuredClone(progress);
      first.withdraw();
      return Promise.resolve();
    };
    expect(await deliverChunk(first.input)).toEqual({ status: 'more' });
    const second = scripted(10, () => accepted, { targets: ['ios', 'android'], progress: first.saved });
    expect(await deliverChunk(second.input)).toEqual({ status: 'done', refused: { ios: [], android: [] } });
    expect(second.posts).toEqual(['android 0-10']);
  });

  test('without rows takes no call', async () => {
    const delivery = scripted(0, () => malformed);
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'done', refused: { ios: [] } });
    expect(delivery.log).toEqual([]);
  });

  test('leaves the progress that was passed in as it was', async () => {
    const progress: DeliveryProgress = { ios: { pending: [[0, 4]], refused: [] } };
    await deliverChunk(scripted(4, () => accepted, { progress }).input);
    expect(progress).toEqual({ ios: { pending: [[0, 4]], refused: [] } });
  });
});

describe('a body that is too large', () => {
  const callFor = (_target: string, from: number, to: number) =>
    callWith(bodyIn(JSON.stringify([from, to]).padEnd((to - from) * 100)));

  test('is halved before it is sent', async () => {
    const delivery = scripted(25, () => accepted, { callFor });
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'done', refused: { ios: [] } });
    expect(delivery.posts).toEqual(['ios 0-7', 'ios 7-13', 'ios 13-19', 'ios 19-25']);
  });

  test('of a single contact is sent all the same', async () => {
    const delivery = scripted(1, () => accepted, { callFor: () => callWith(bodyIn('[0,1]'.padEnd(2000))) });
    expect(await deliverChunk(delivery.input)).toMatchObject({ status: 'done' });
    expect(delivery.posts).toEqual(['ios 0-1']);
  });

  test('of exactly the limit is sent whole', async () => {
    const delivery = scripted(10, () => accepted, { callFor });
    await deliverChunk(delivery.input);
    expect(delivery.posts).toEqual(['ios 0-10']);
  });
});

test('the memory of each body is given back once, whatever becomes of it', async () => {
  const held = new Map<string, number>();
  const callFor = (_target: string, from: number, to: number) => {
    const rows = `${from}-${to}`;
    held.set(rows, (held.get(rows) ?? 0) + 1);
    const body: Body = bodyIn(JSON.stringify([from, to]).padEnd((to - from) * 20));
    return callWith({ ...body, release: () => (body.release(), held.set(rows, held.get(rows)! - 1)) });
  };
  const tooLarge = scripted(100, () => accepted, { callFor });
  const busyAtFirst = scripted(10, (_app, _from, _to, nth) => (nth < 3 ? { kind: 'busy' } : accepted), { callFor });
  const refused = scripted(20, refusing(7), { callFor });
  const unauthorized = scripted(10, () => ({ kind: 'unauthorized', refusal: { status: 401 }, remedy: 'Correct it.' }), {
    callFor,
  });
  for (const { input } of [tooLarge, busyAtFirst, refused]) await deliverChunk(input);
  await expect(deliverChunk(unauthorized.input)).rejects.toThrow(OutflowError);
  expect(busyAtFirst.posts).toEqual(['ios 0-10', 'ios 0-10', 'ios 0-10']);
  expect(held.size).toBeGreaterThan(5);
  expect([...held.values()].every((bodies) => bodies === 0)).toBe(true);
});

describe('a refused call', () => {
  test('is split until the contact that is to blame is alone; all others are accepted', async () => {
    const delivery = scripted(1000, refusing(321));
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'done', refused: { ios: [refusedRow(321)] } });
    expect(delivery.posts.length).toBeLessThan(30);
  });

  test('is for one app only: the other one has the contact', async () => {
    const delivery = scripted(6, (app, from, to) => (app === 'ios' && from <= 2 && to > 2 ? malformed : accepted), {
      targets: ['ios', 'android'],
    });
    expect(await deliverChunk(delivery.input)).toEqual({
      status: 'done',
      refused: { ios: [refusedRow(2)], android: [] },
    });
    expect(delivery.posts.at(-1)).toBe('android 0-6');
    expect(delivery.saved).toMatchObject({ ios: { pending: [], refused: [refusedRow(2)] } });
  });

  test('for what only many have together is split like any other, and nobody is refused', async () => {
    const delivery = scripted(1000, (_app, from, to) =>
      to - from > 200 ? { kind: 'refused', refusal: { status: 400 } } : accepted,
    );
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'done', refused: { ios: [] } });
  });

  test('of fewer than 10 contacts may end with all of them refused, each alone', async () => {
    const delivery = scripted(9, () => malformed);
    const refused = Array.from({ length: 9 }, (_, row) => refusedRow(row));
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'done', refused: { ios: refused } });
  });

  test('keeps what Batch said of each contact', async () => {
    const delivery = scripted(2, (_app, from, to) => {
      if (to - from === 2) return { kind: 'refused', refusal: { status: 400 } };
      return { kind: 'refused', refusal: from === 0 ? { status: 422 } : { status: 400, code: 'MISSING 30' } };
    });
    expect(await deliverChunk(delivery.input)).toEqual({
      status: 'done',
      refused: {
        ios: [
          { row: 0, status: 422 },
          { row: 1, status: 400, code: 'MISSING 30' },
        ],
      },
    });
  });

  test('ends in the same refusals wherever it is cut off, without sending accepted contacts again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }),
        fc.uniqueArray(fc.nat(199), { maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        async (rows, anyBad, postsPerCall) => {
          const bad = anyBad.filter((row) => row < rows);
          const acceptances = Array<number>(rows).fill(0);
          let progress: DeliveryProgress = {};
          for (let calls = 0; calls < 10_000; calls++) {
            const delivery = scripted(
              rows,
              (app, from, to, nth) => {
                if (nth === postsPerCall) delivery.withdraw();
                const answer = refusing(...bad)(app, from, to, nth);
                if (answer === accepted) for (let row = from; row < to; row++) acceptances[row]!++;
                return answer;
              },
              { progress },
            );
            const result = await deliverChunk(delivery.input).catch((error: unknown) => {
              // Five probes that all fell on bad contacts: possible with these few rows, and tested below.
              if (error instanceof OutflowError && error.code === 'DestinationRejected') return undefined;
              throw error;
            });
            if (result === undefined) return;
            progress = delivery.saved;
            if (result.status !== 'done') continue;
            const found = result.refused.ios!.map(({ row }) => row).sort((a, b) => a - b);
            expect(found).toEqual(bad.sort((a, b) => a - b));
            expect(acceptances).toEqual(acceptances.map((_, row) => (bad.includes(row) ? 0 : 1)));
            return;
          }
          throw new Error('The delivery does not end');
        },
      ),
    );
  });
});

describe('an answer that names rows', () => {
  const refusal = { status: 400, code: 'MALFORMED_PARAMETER 31' };

  test('and takes the others needs no other call', async () => {
    const delivery = scripted(100, () => ({ kind: 'taken', refused: [{ row: 7, refusal }] }));
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'done', refused: { ios: [refusedRow(7)] } });
    expect(delivery.posts).toEqual(['ios 0-100']);
  });

  test('of a later part of the chunk counts them from its first', async () => {
    const limits = { maxRejectedPerChunk: 100, callRows: 40, callBytes: 1000, busyForMs: 120_000, budgetMs: 60_000 };
    const delivery = scripted(
      100,
      (_target, from) => ({ kind: 'taken', refused: from === 40 ? [{ row: 2, columns: [1], refusal }] : [] }),
      { limits },
    );
    expect(await deliverChunk(delivery.input)).toEqual({
      status: 'done',
      refused: { ios: [{ ...refusedRow(42), column: 1 }] },
    });
    expect(delivery.posts).toEqual(['ios 0-40', 'ios 40-80', 'ios 80-100']);
  });

  test('and takes none of the call sends the others again', async () => {
    const delivery = scripted(100, (_target, from, to) =>
      from <= 20 && to > 20 ? { kind: 'refused', refusal, rows: [20 - from] } : accepted,
    );
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'done', refused: { ios: [refusedRow(20)] } });
    expect(delivery.posts).toEqual(['ios 0-100', 'ios 0-20', 'ios 21-100']);
  });
});

describe('an answer that names attributes', () => {
  const refusal = { status: 200, code: 'NO' };

  test('refuses each of them once, and a contact that it names whole no more than that', async () => {
    const refused = [
      { row: 2, columns: [0, 1, 0], refusal },
      { row: 2, columns: [1], refusal: { status: 200, code: 'LAST' } },
      { row: 5, columns: [0], refusal },
      { row: 5, refusal },
      { row: 5, refusal },
    ];
    const delivery = scripted(10, () => ({ kind: 'taken', refused }));
    expect(await deliverChunk(delivery.input)).toEqual({
      status: 'done',
      refused: {
        ios: [
          { row: 5, ...refusal },
          { row: 2, column: 0, ...refusal },
          { row: 2, column: 1, status: 200, code: 'LAST' },
        ],
      },
    });
  });

  test('of too many contacts fails the run and names the attributes that were refused', async () => {
    const limits = { maxRejectedPerChunk: 3, callRows: 100, callBytes: 1000, busyForMs: 120_000, budgetMs: 60_000 };
    const refused = [0, 1, 2, 3].map((row) => ({ row, columns: row === 0 ? [0, 1] : [1], refusal }));
    const delivery = scripted(10, () => ({ kind: 'taken', refused }), {
      limits,
      attributesOf: ({ column }) => [['tier', 'city'][column!]!],
    });
    await expect(deliverChunk(delivery.input)).rejects.toMatchObject({
      code: 'DestinationRejected',
      message: expect.stringMatching(/refused 4 contacts .*All of them carry the attribute city\.$/) as string,
    });
  });

  test('of each contact that is sent alone does not stop the search for one that is refused whole', async () => {
    const delivery = scripted(100, (_target, from, to) => {
      if (to - from > 1) return from <= 30 && to > 30 ? malformed : accepted;
      return from === 30 ? malformed : { kind: 'taken', refused: [{ row: 0, columns: [0], refusal }] };
    });
    const { refused } = (await deliverChunk(delivery.input)) as { refused: Record<string, RefusedContact[]> };
    expect(refused['ios']!.filter(({ column }) => column === undefined)).toEqual([refusedRow(30)]);
  });
});

describe('an answer that names what was not sent', () => {
  const refusal = { status: 200 };
  const foreign: [string, Verdict][] = [
    ['a row after the last', { kind: 'taken', refused: [{ row: 10, refusal }] }],
    ['a row before the first', { kind: 'taken', refused: [{ row: -1, refusal }] }],
    ['a part of a row', { kind: 'taken', refused: [{ row: 1.5, refusal }] }],
    ['another row beside one of the call', { kind: 'taken', refused: [0, 10].map((row) => ({ row, refusal })) }],
    ['an attribute that the row has not', { kind: 'taken', refused: [{ row: 0, columns: [0, 2], refusal }] }],
    ['no attribute', { kind: 'taken', refused: [{ row: 0, columns: [], refusal }] }],
    ['a row to blame that it does not hold', { kind: 'refused', refusal, rows: [3, 10] }],
  ];
  test.each(foreign)('acknowledges nobody and refuses nobody: %s', async (_, verdict) => {
    const delivery = scripted(30, (_target, from, __, nth) => (from === 10 && nth < 4 ? verdict : accepted), {
      limits: { maxRejectedPerChunk: 100, callRows: 10, callBytes: 1000, busyForMs: 120_000, budgetMs: 60_000 },
    });
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'done', refused: { ios: [] } });
    expect(delivery.posts).toEqual(['ios 0-10', 'ios 10-20', 'ios 10-20', 'ios 10-20', 'ios 20-30']);
  });
});

describe('an answer that there is too much in a call', () => {
  test('halves it until it passes, and blames nobody', async () => {
    const delivery = scripted(1000, (_target, from, to) =>
      to - from > 200 ? { kind: 'too large', refusal: { status: 413 } } : accepted,
    );
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'done', refused: { ios: [] } });
    expect(delivery.posts).toHaveLength(15);
  });

  test('of a single contact names chunkSize and the proxy, not attributes', async () => {
    const delivery = scripted(4, () => ({ kind: 'too large', refusal: { status: 413 } }));
    await expect(deliverChunk(delivery.input)).rejects.toMatchObject({
      code: 'DestinationRejected',
      category: 'configuration',
      message:
        'The call of a single contact is too large for what answers in the place of Batch (destination "app", ios: HTTP 413).',
      remedy: expect.stringMatching(/proxy.*chunkSize/) as string,
    });
  });
});

describe('splitting stops', () => {
  test('when five single contacts spread over the chunk are all refused, naming code and common attributes', async () => {
    const delivery = scripted(1000, () => malformed, {
      attributesOf: ({ row }) => (row === 0 ? ['tier', 'tags', 'city'] : ['city', 'tags']),
    });
    await expect(deliverChunk(delivery.input)).rejects.toMatchObject({
      code: 'DestinationRejected',
      message:
        'Batch refused each of 5 contacts that were sent alone (destination "app", ios: HTTP 400, ' +
        'MALFORMED_PARAMETER 31). All of them carry the attributes tags, city.',
      remedy:
        'Compare the types and values of these attributes with what Batch holds under their names; then run again.',
    });
    expect(delivery.posts).toEqual([
      'ios 0-1000',
      ...['ios 0-1', 'ios 249-250', 'ios 499-500', 'ios 749-750', 'ios 999-1000'],
    ]);
    expect(delivery.saved.ios!.refused).toHaveLength(5);
  });

  test('not when one of the five is accepted', async () => {
    const delivery = scripted(1000, refusing(0, 249, 499, 749));
    expect(await deliverChunk(delivery.input)).toMatchObject({
      status: 'done',
      refused: { ios: [0, 249, 499, 749].map(refusedRow) },
    });
  });

  test('when all of a chunk of 10 is refused', async () => {
    await expect(deliverChunk(scripted(10, () => malformed).input)).rejects.toMatchObject({
      code: 'DestinationRejected',
    });
  });

  test('when more contacts are refused than the destination allows, and not when exactly as many are', async () => {
    const bad = [10, 20, 30, 40];
    const limits = { callRows: 10_000, callBytes: 1000, busyForMs: 120_000, budgetMs: 60_000 };
    const tooMany = scripted(100, refusing(...bad), { limits: { ...limits, maxRejectedPerChunk: 3 } });
    await expect(deliverChunk(tooMany.input)).rejects.toMatchObject({
      code: 'DestinationRejected',
      message:
        'Batch refused 4 contacts of one chunk, more than maxRejectedPerChunk allows (destination "app", ios: HTTP 400, ' +
        'MALFORMED_PARAMETER 31). All of them carry the attribute tier.',
    });
    const justEnough = scripted(100, refusing(...bad), { limits: { ...limits, maxRejectedPerChunk: 4 } });
    expect(await deliverChunk(justEnough.input)).toMatchObject({ status: 'done' });
  });

  test('saying so when the refused have nothing in common', async () => {
    const delivery = scripted(1000, () => malformed, { attributesOf: ({ row }) => [`a${row}`] });
    await expect(deliverChunk(delivery.input)).rejects.toThrow(/They have no attribute in common\.$/);
  });
});

describe('a delivery gives way', () => {
  test('after its budget, with what was accepted saved', async () => {
    const delivery = scripted(100, (app, from, to, nth) => {
      delivery.clock.ms += 25_000;
      return refusing(3)(app, from, to, nth);
    });
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'more' });
    expect(delivery.posts).toHaveLength(3);
    expect(delivery.saved.ios!.pending.length).toBeGreaterThan(0);
  });

  test('when it is withdrawn, after the request on the wire and its acknowledgement', async () => {
    const delivery = scripted(100, (_app, from, to) => {
      delivery.withdraw();
      return refusing(3)('ios', from, to, 0);
    });
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'more' });
    expect(delivery.log).toEqual(['pace ios', 'mark', 'post ios 0-100', 'save']);
  });

  test('but not when that request was the last one: then it is done', async () => {
    const delivery = scripted(100, () => {
      delivery.withdraw();
      return accepted;
    });
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'done', refused: { ios: [] } });
  });

  test('before any request when it is withdrawn already', async () => {
    const delivery = scripted(100, () => accepted);
    delivery.withdraw();
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'more' });
    expect(delivery.log).toEqual([]);
  });
});
