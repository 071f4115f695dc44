import pg from 'pg';
import { addOrders, changeCustomers, createShop, customersToWatch } from './shop-sql.js';

/** The source of the demo. */
export interface Shop {
  url: string;
  client: pg.Client;
  customers: number;
  orders: number;
}

/** Fills an empty database with a shop that is always the same for its size. */
export async function openShop(url: string, customers: number): Promise<Shop> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // the query that waits reports it
  await client.connect();
  await client.query("set timezone to 'UTC'");
  await client.query(createShop(customers));
  const { rows } = await client.query<{ orders: string }>('select count(*) as orders from orders');
  return { url, client, customers, orders: Number(rows[0]!.orders) };
}

/** A customer's columns before and after the change, as PostgreSQL writes them; only those that changed. */
export interface CustomerChange {
  id: number;
  email: string;
  columns: { name: string; before: string | null; after: string | null }[];
}

/**
 * Changes 1% of the customers, each in some columns, and gives some of them another order. Tells of one of them, who has
 * orders and is known to Batch, what was changed.
 */
export async function changeShop({ client }: Shop): Promise<{ customers: number; example: CustomerChange }> {
  const watched = async (): Promise<Record<string, string | null>> =>
    (await client.query<Record<string, string | null>>(customersToWatch)).rows[0]!;
  const before = await watched();
  const changed = await client.query(changeCustomers);
  await client.query(addOrders);
  const after = await watched();
  const columns = Object.keys(before)
    .filter((name) => before[name] !== after[name])
    .map((name) => ({ name, before: before[name]!, after: after[name]! }));
  return { customers: changed.rowCount ?? 0, example: { id: Number(before['id']), email: before['email']!, columns } };
}
