import type pg from 'pg';
import { isToChange, isUnknownToBatch } from './shop-sql.js';

/**
 * What Batch must have, worked out from the shop by SQL of its own: this file shares nothing with the code that reads
 * segments and renders values, so that it can find it wrong. One row a contact, in a segment or not; `values` as the
 * stand-in shows them, attributes without a value left out.
 */
const expectedContacts = /* sql */ `
  create temp view expected as
  select id as customer_id, email as contact, ${isUnknownToBatch} as is_unknown, id in (select customer_id from orders) as in_segment,
    case when id not in (select customer_id from orders) then '{}' else jsonb_strip_nulls(jsonb_build_object(
      'u.first_name', nullif(first_name, ''),
      'u.last_name', last_name,
      'u.tier', loyalty_tier,
      'u.ltv', ltv,
      'u.opted_in', opted_in,
      'date(u.last_order_at)', to_char(last_order_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'),
      'ut.tags', (select jsonb_agg(tag order by place) from unnest(tags) with ordinality as t (tag, place) where tag <> ''),
      'url(u.website)', case when length(website) <= 2048 then website end
    )) end as values
  from customers
  union all
  select id, external_id, ${isUnknownToBatch}, true,
    jsonb_strip_nulls(jsonb_build_object(
      'u.city', city,
      'date(u.birth_date)', to_char(birth_date, 'YYYY-MM-DD') || 'T00:00:00',
      'u.orders_count', coalesce(orders_count, 0),
      'u.orders_total', coalesce(orders_total, 0)
    ))
  from customers
  left join (
    select customer_id, count(*) as orders_count, sum(total) as orders_total from orders group by customer_id
  ) totals on customer_id = customers.id`;

/** Makes the view `expected` for this connection. */
export async function defineExpected(shop: pg.Client): Promise<void> {
  await shop.query("set work_mem to '128MB'");
  await shop.query(expectedContacts);
}

/** Keeps what is expected of the customers that are about to change. */
export async function rememberChangingRows(shop: pg.Client): Promise<void> {
  await shop.query(
    `create temp table expected_before as
     select contact, values from expected where in_segment and customer_id in (select id from customers where ${isToChange})`,
  );
}

/** How many attributes of contacts differ from what was remembered, also of those that Batch does not know. */
export async function changedAttributes(shop: pg.Client): Promise<number> {
  const { rows } = await shop.query<{ changed: string }>(
    `select count(*) as changed
     from expected_before b join expected e using (contact), jsonb_object_keys(b.values || e.values) key
     where b.values -> key is distinct from e.values -> key`,
  );
  return Number(rows[0]!.changed);
}
