import type { Readable } from 'node:stream';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { apiKeys, type BatchAccount } from './batch-account.js';
import { isUnknownToBatch } from './shop-sql.js';

/** Makes 99% of the customers contacts of both apps, by e-mail and by external ID. Returns the contacts of one app. */
export async function addKnownContacts(shop: pg.Client, account: BatchAccount): Promise<number> {
  let contacts = 0;
  for (const apiKey of apiKeys) contacts = await account.addContacts(apiKey, contactLines(shop));
  return contacts;
}

/** JSON strings, a line each. None of them holds a character that JSON or COPY would escape. */
function contactLines(shop: pg.Client): Readable {
  return shop.query(
    copyTo(
      `copy (
         select to_json(email) from customers where not (${isUnknownToBatch})
         union all
         select to_json(external_id) from customers where not (${isUnknownToBatch})
       ) to stdout`,
    ),
  );
}
