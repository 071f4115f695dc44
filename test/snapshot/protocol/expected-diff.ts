import { isInvalid, type Rendered } from '../../../src/activation/rendering.js';
import type { Content } from './contents.js';
import type { DiffResult } from './store.js';
import type { Mapping, SourceModel } from './world.js';

/** A contact of the effective snapshot: what each value is written as, or that it is owed. */
export interface KnownContact {
  identifier: string;
  values: (Rendered | 'owed')[];
}

/** What a diff has to find, by plain comparison of all contacts. */
export interface ExpectedDiff {
  figures: Omit<DiffResult, 'chunks' | 'settleChunks'>;
  /** What is sent, by identifier. */
  sends: Map<string, Content>;
  deferred: Set<string>;
}

/** `waits`: whether this contact was refused with this content and is not due. */
export function expectedDiff(
  source: SourceModel,
  mapping: Mapping,
  known: readonly KnownContact[],
  waits: (identifier: string, content: Content) => boolean,
): ExpectedDiff {
  const snapshot = new Map(known.map((contact) => [contact.identifier, contact]));
  const rows = new Set(source.identifiers);
  const contacts = source.contacts();
  const found = { new: 0, changed: 0, differing: 0, invalidValues: 0, nulled: mapping.rules.map(() => 0) };
  const sends = new Map<string, Content>();
  const deferred = new Set<string>();

  for (const [identifier, values] of contacts) {
    const before = snapshot.get(identifier);
    const after = mapping.columns.map((column, i) => mapping.rules[i]!.render(values[column]!));
    const carried = after.map((value, i) => value.verdict === 'send' && !isTheSame(before?.values[i], value));
    const content = after.flatMap((value, i): Content => {
      return carried[i] && value.verdict === 'send' ? [[mapping.rules[i]!.key, value.json]] : [];
    });
    if (content.length > 0 && waits(identifier, content)) {
      deferred.add(identifier);
      found.invalidValues += standing(before);
      continue;
    }
    found.invalidValues += after.filter(({ verdict }) => isInvalid(verdict)).length;
    if (content.length === 0) continue;
    sends.set(identifier, content);
    found[before ? 'changed' : 'new']++;
    const differs = after.map((_, i) => carried[i] && before !== undefined && before.values[i] !== 'owed');
    if (differs.includes(true)) found.differing++;
    after.forEach((value, i) => {
      if (differs[i] && value.verdict === 'send' && value.json === 'null') found.nulled[i]!++;
    });
  }
  const duplicated = known.filter(({ identifier }) => rows.has(identifier) && !contacts.has(identifier));
  for (const contact of duplicated) found.invalidValues += standing(contact);

  const read = source.rowCount;
  const invalid = read - contacts.size;
  return {
    figures: {
      ...found,
      read,
      invalid,
      deferred: deferred.size,
      unchanged: contacts.size - sends.size - deferred.size,
      known: known.length,
      gone: known.filter(({ identifier }) => !rows.has(identifier)).length,
    },
    sends,
    deferred,
  };
}

function isTheSame(before: Rendered | 'owed' | undefined, after: Rendered): boolean {
  return before !== undefined && before !== 'owed' && JSON.stringify(before) === JSON.stringify(after);
}

/** Invalid values that stand in the snapshot. */
function standing(contact: KnownContact | undefined): number {
  return contact?.values.filter((value) => value !== 'owed' && isInvalid(value.verdict)).length ?? 0;
}
