import Table from 'cli-table3';
import { maskIdentifier } from '../../text/mask-identifier.js';
import { batchKeys, type LoggedRequest } from './batch-account.js';
import type { CustomerChange } from './shop.js';

interface SentContact {
  id: string;
  update: { values: Record<string, unknown> };
}

/** What changed in a customer's row, and beside it what was sent to one app for that contact, masked. */
export function changeBesideBody(change: CustomerChange, requests: LoggedRequest[]): string {
  const sent = requests
    .filter(({ apiKey, body }) => apiKey === batchKeys.ios && body !== undefined)
    .flatMap(({ body }) => JSON.parse(body!) as SentContact[])
    .find(({ id }) => id === change.email);
  const table = new Table({ head: [`customers, row ${change.id}`, 'sent to ios'], style: { head: [], border: [] } });
  table.push([rowText(change), sent ? JSON.stringify(masked(sent), null, 2) : 'nothing']);
  return table.toString();
}

function rowText({ columns }: CustomerChange): string {
  return columns.map(({ name, before, after }) => `${name}\n    ${shown(before)}\n  → ${shown(after)}`).join('\n');
}

function shown(text: string | null): string {
  return text ?? 'null';
}

function masked(contact: SentContact): SentContact {
  const values = Object.entries(contact.update.values).map(([key, value]) => [key, maskedValue(key, value)] as const);
  return {
    id: maskIdentifier(contact.id),
    update: { ...contact.update, values: Object.fromEntries(values) },
  };
}

/** Figures and dates as they are, of texts the beginning. */
function maskedValue(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => maskedValue(key, item));
  return typeof value === 'string' && !key.startsWith('date(') ? `${Array.from(value)[0] ?? ''}•••` : value;
}
