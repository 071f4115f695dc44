/** When a run is held before anything of it counts. Percentages are above 0, up to 100; null: off. */
export interface GuardSettings {
  /** Hold when the segment has no contact although the snapshot has some. */
  emptySegment: boolean;
  /** More than this share of the snapshot's contacts left the segment. Default 50. */
  gonePercent: number | null;
  /** More than this share of the snapshot's contacts would see the same attribute turn null. Default 50. */
  nulledPercent: number | null;
  /** More than this share of the snapshot's contacts changed. Default off. */
  changedPercent: number | null;
  /** More than this share of the segment's rows have an identifier that another row has, too. Default 5. */
  duplicatesPercent: number | null;
}

export const defaultGuards: GuardSettings = {
  emptySegment: true,
  gonePercent: 50,
  nulledPercent: 50,
  changedPercent: null,
  duplicatesPercent: 5,
};

/** What a diff found, as the guards look at it. Numbers and names of attributes only. */
export interface GuardFigures {
  /** Whether anything was ever acknowledged: before it there is nothing to protect. */
  acknowledgedBefore: boolean;
  /** Rows of the segment. */
  read: number;
  /** Rows that are never sent, those with a duplicated identifier included. */
  invalid: number;
  /** Rows whose identifier another row has, too. */
  duplicates: number;
  /** Contacts of the snapshot. */
  known: number;
  /** Of these, those that left the segment. */
  gone: number;
  /** Of these, those with an attribute to send whose value differs from one that was settled: owed ones do not count. */
  changed: number;
  /** By attribute: of these, those whose settled value turns null at the destination. Attributes without any are left out. */
  nulled: Record<string, number>;
}

type GuardName = 'empty_segment' | 'gone' | 'nulled' | 'changed' | 'duplicates';

/** A guard that holds a run, with the figures that it looked at. */
export interface TrippedGuard {
  guard: GuardName;
  /** Of `nulled`. */
  attribute?: string;
  /** Contacts (or, of `duplicates`, rows) concerned, of so many. */
  concerned: number;
  of: number;
  /** What is allowed; absent for `empty_segment`. */
  limitPercent?: number;
}

/** Shares of fewer contacts than this say nothing. */
const LEAST_CONCERNED = 20;

/** The guards that hold a run with these figures; none: it may be sent. */
export function trippedGuards(settings: GuardSettings, figures: GuardFigures): TrippedGuard[] {
  const { known, read, invalid } = figures;
  if (!figures.acknowledgedBefore) return [];
  const tripped: TrippedGuard[] = [];
  const check = (guard: GuardName, concerned: number, of: number, limit: number | null, attribute?: string): void => {
    if (limit === null || concerned < LEAST_CONCERNED || concerned * 100 <= of * limit) return;
    tripped.push({ guard, ...(attribute !== undefined && { attribute }), concerned, of, limitPercent: limit });
  };
  if (settings.emptySegment && known > 0 && read === invalid) {
    tripped.push({ guard: 'empty_segment', concerned: known, of: known });
  } else {
    check('gone', figures.gone, known, settings.gonePercent); // of an empty segment this would say the same again
  }
  for (const [attribute, contacts] of Object.entries(figures.nulled)) {
    check('nulled', contacts, known, settings.nulledPercent, attribute);
  }
  check('changed', figures.changed, known, settings.changedPercent);
  check('duplicates', figures.duplicates, read, settings.duplicatesPercent);
  return tripped;
}
