import type pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { changedAttributes, defineExpected, rememberChangingRows } from '../../../src/dev/demo/expected.js';
import { changeShop, openShop, type Shop } from '../../../src/dev/demo/shop.js';
import { freshDatabase } from '../../support/stack.js';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function newShop(customers: number): Promise<Shop> {
  const database = await freshDatabase();
  cleanUps.push(() => database.drop());
  const shop = await openShop(database.url, customers);
  cleanUps.push(() => shop.client.end());
  return shop;
}

async function contentOf({ client }: { client: pg.Client }): Promise<unknown> {
  const { rows } = await client.query(
    `select (select md5(string_agg(c::text, ',' order by id)) from customers c) as customers,
       (select md5(string_agg((customer_id, total, ordered_at)::text, ',' order by customer_id, ordered_at)) from orders)
         as orders`,
  );
  return rows[0];
}

test('a shop of one size is always the same', async () => {
  expect(await contentOf(await newShop(1_000))).toEqual(await contentOf(await newShop(1_000)));
});

test('the shop has names, nulls and arrays that are easy to get wrong', async () => {
  const { client } = await newShop(3_000);
  const { rows } = await client.query(
    `select count(*) filter (where last_name = 'O''Brien') > 0 as apostrophe,
       count(*) filter (where first_name = 'Zoë') > 0 and count(*) filter (where first_name = '李') > 0 as unicode,
       count(*) filter (where first_name = '') > 0 and count(*) filter (where first_name is null) > 0 as empty_and_null,
       count(*) filter (where tags = '{}') > 0 and count(*) filter (where null = any (tags) is null) > 0 as arrays,
       count(*) filter (where 'back\\slash' = any (tags)) > 0 as backslash,
       count(*) filter (where length(website) > 2048) > 0 as long_url,
       count(distinct opted_in) = 2 and count(*) > count(opted_in) as booleans
     from customers`,
  );
  expect(Object.entries(rows[0] as object).filter(([, isThere]) => isThere !== true)).toEqual([]);
});

test('a change concerns 1% of the customers, and tells of one what was changed', async () => {
  const shop = await newShop(1_000);
  await defineExpected(shop.client);
  await rememberChangingRows(shop.client);
  expect(await changedAttributes(shop.client)).toBe(0);
  const { customers, example } = await changeShop(shop);
  expect(customers).toBe(10);
  expect(example.columns.map(({ name }) => name)).toEqual(['loyalty_tier', 'ltv', 'last_order_at']);
  expect(await changedAttributes(shop.client)).toBeGreaterThan(customers);
});
