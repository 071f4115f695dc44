import { postgres } from './postgres/index.js';
import type { SourceType } from './source.js';

/** Every kind of source. */
export const sourceTypes: readonly [SourceType, ...SourceType[]] = [postgres];

export function sourceTypeNamed(type: unknown): SourceType | undefined {
  return sourceTypes.find((each) => each.type === type);
}
