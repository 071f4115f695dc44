import type { App } from './app.js';
import type { Value } from './values.js';

/**
 * Alters one value behind everybody's back, so that a comparison has something to find: of the contact and key named,
 * or else the first that the app holds. Returns which one it was; undefined when there is none.
 */
export function spoil(app: App, id?: string, key?: string): { id: string; key: string } | undefined {
  for (const contact of id === undefined ? app.contacts() : [{ id, values: app.valuesOf(id) ?? {} }]) {
    const spoiledKey = Object.keys(contact.values).find((each) => key === undefined || each === key);
    if (spoiledKey === undefined) continue;
    contact.values[spoiledKey] = altered(contact.values[spoiledKey]!);
    return { id: contact.id, key: spoiledKey };
  }
  return undefined;
}

function altered(value: Value): Value {
  if (typeof value === 'string') return `${value} (spoiled)`;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return [...value, 'spoiled'];
}
