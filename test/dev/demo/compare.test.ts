import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startBatchStandIn, type BatchStandIn } from '../../../src/dev/stand-ins/batch-mep/server.js';
import { apiKeys, BatchAccount, batchKeys, standInOptions } from '../../../src/dev/demo/batch-account.js';
import { compareWithBatch, type Comparison } from '../../../src/dev/demo/compare.js';
import { defineExpected } from '../../../src/dev/demo/expected.js';
import { addKnownContacts } from '../../../src/dev/demo/known-contacts.js';
import { openShop, type Shop } from '../../../src/dev/demo/shop.js';
import { freshDatabase, type FreshDatabase } from '../../support/stack.js';

interface Expected {
  contact: string;
  values: Record<string, unknown>;
}

let database: FreshDatabase;
let shop: Shop;
let standIn: BatchStandIn;
let account: BatchAccount;
let segments: Expected[];

beforeAll(async () => {
  database = await freshDatabase();
  shop = await openShop(database.url, 300);
  await defineExpected(shop.client);
  const { rows } = await shop.client.query<Expected>('select contact, values from expected where in_segment');
  segments = rows;
  standIn = await startBatchStandIn({ ...standInOptions(10), applyDelayMs: 0, keepUnknown: true });
  account = new BatchAccount(standIn.url);
});
afterAll(async () => {
  await standIn.close();
  await shop.client.end();
  await database.drop();
});

/** Brings both apps in step with the shop, but for the contacts that they do not know. */
beforeEach(async () => {
  await fetch(`${standIn.url}/__inspect/reset`, { method: 'POST' });
  await addKnownContacts(shop.client, account);
  const { rows } = await shop.client.query<Expected>(
    'select contact, values from expected where in_segment and not is_unknown',
  );
  for (const apiKey of apiKeys) await send(apiKey, rows);
});

async function send(apiKey: string, contacts: Expected[]): Promise<void> {
  const response = await fetch(`${standIn.url}/1.0/${apiKey}/data/users`, {
    method: 'POST',
    headers: { 'X-Authorization': batchKeys.rest },
    body: JSON.stringify(
      contacts.map(({ contact, values }) => ({ id: contact, update: { overwrite: false, values } })),
    ),
  });
  expect(response.status).toBe(202);
}

async function compare(): Promise<Comparison> {
  return compareWithBatch(shop.client, account, new AbortController().signal);
}

describe('the comparison of the demo', () => {
  test('is exact where every attribute is as the shop has it', async () => {
    expect(await compare()).toEqual({ contacts: await known(), mismatches: 0, created: 0 });
  });

  test.each<[string, Record<string, unknown>, number]>([
    ['a wrong text', { 'u.last_name': 'Nobody' }, 1],
    ['a missing attribute', { 'u.last_name': null }, 1],
    ['an attribute too many', { 'u.shoe_size': 42 }, 1],
    ['a number as text', { 'u.orders_count': '1' }, 1],
    ['two faults of one contact', { 'u.last_name': 'Nobody', 'u.shoe_size': 42 }, 2],
  ])('finds %s, in one app only', async (_what, values, mismatches) => {
    const key = Object.keys(values)[0]!;
    const contact = segments.find((each) => key in each.values || key === 'u.shoe_size')!.contact;
    await send(batchKeys.android, [{ contact, values }]);
    expect(await compare()).toEqual({ contacts: await known(), mismatches, created: 0 });
  });

  test('finds values of a contact that is in no segment', async () => {
    const { rows } = await shop.client.query<Expected>(
      'select contact from expected where not in_segment and not is_unknown limit 1',
    );
    await send(batchKeys.ios, [{ contact: rows[0]!.contact, values: { 'u.tier': 'gold' } }]);
    expect((await compare()).mismatches).toBe(1);
  });

  test('finds the attributes of contacts that were lost', async () => {
    await fetch(`${standIn.url}/1.0/${batchKeys.ios}/data/users/${segments[0]!.contact}`, {
      method: 'DELETE',
      headers: { 'X-Authorization': batchKeys.rest },
    });
    expect((await compare()).mismatches).toBe(Object.keys(segments[0]!.values).length);
  });

  test('counts contacts that Batch did not know: of a segment, and of nobody', async () => {
    const { rows } = await shop.client.query<Expected>('select contact, values from expected where is_unknown limit 2');
    await send(batchKeys.ios, rows);
    await send(batchKeys.android, [{ contact: 'stranger@example.com', values: { 'u.city': 'Paris' } }]);
    expect(await compare()).toMatchObject({ contacts: await known(), created: 3 });
  });
});

async function known(): Promise<number> {
  const { rows } = await shop.client.query<{ known: number }>(
    `select (select count(*) from customers where id % 100 <> 50)::int
       + (select count(distinct customer_id) from orders where customer_id % 100 <> 50)::int as known`,
  );
  return rows[0]!.known;
}
