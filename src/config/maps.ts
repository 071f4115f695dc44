export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands under a key of something that may be no map. */
export function property(entry: unknown, key: string): unknown {
  return isMap(entry) ? entry[key] : undefined;
}
