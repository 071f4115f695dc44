import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { apiKeys, type ApiKey, type BatchAccount } from './batch-account.js';

/** What Batch has, held against what it must have. */
export interface Comparison {
  /** Contacts of the segments that Batch knows, each counted once. */
  contacts: number;
  /** Attributes that are missing, wrong or too many: over contacts, attributes and API keys. */
  mismatches: number;
  /** Contacts that Batch has and did not know at the beginning, over API keys. */
  created: number;
}

/**
 * Compares contact by contact, attribute by attribute, app by app. The contacts of an app pass through this process as
 * bytes and are compared in the shop's database, so memory does not grow with them. `shop` has the view `expected`.
 */
export async function compareWithBatch(
  shop: pg.Client,
  account: BatchAccount,
  signal: AbortSignal,
): Promise<Comparison> {
  await account.settled();
  await shop.query('create temp table at_batch (line jsonb not null)');
  const comparison = { contacts: 0, mismatches: 0, created: 0 };
  for (const apiKey of apiKeys) {
    await loadContacts(shop, account, apiKey, signal);
    const { rows } = await shop.query<Record<keyof Comparison, string>>(differences);
    comparison.contacts = Math.max(comparison.contacts, Number(rows[0]!.contacts));
    comparison.mismatches += Number(rows[0]!.mismatches);
    comparison.created += Number(rows[0]!.created);
  }
  await shop.query('drop table at_batch');
  return comparison;
}

async function loadContacts(
  shop: pg.Client,
  account: BatchAccount,
  apiKey: ApiKey,
  signal: AbortSignal,
): Promise<void> {
  await shop.query('truncate at_batch');
  const contacts = await account.contacts(apiKey, signal);
  await pipeline(contacts, copyText(), shop.query(copyFrom('copy at_batch from stdin')), { signal });
  await shop.query('analyze at_batch');
}

/** JSON lines as COPY text: there the backslash is the only character of JSON that means something. */
function copyText(): Transform {
  return new Transform({
    transform: (bytes: Buffer, _encoding, done) =>
      done(null, Buffer.from(bytes.toString('latin1').replaceAll('\\', '\\\\'), 'latin1')),
  });
}

/** A contact that is not there, or is there without belonging there, differs in all its attributes. */
const differences = /* sql */ `
  with batch as (select line ->> 'id' as contact, line -> 'values' as values from at_batch)
  select count(*) filter (where e.in_segment and not e.is_unknown) as contacts,
    count(*) filter (where b.contact is not null and e.is_unknown is not false) as created,
    coalesce(sum(
      case
        when e.is_unknown or e.values = b.values then 0
        else (
          select count(*) from jsonb_object_keys(coalesce(e.values, '{}') || coalesce(b.values, '{}')) key
          where e.values -> key is distinct from b.values -> key
        )
      end
    ), 0) as mismatches
  from expected e full join batch b using (contact)`;
