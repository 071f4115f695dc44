import { formatNumber } from './figure.js';
import type { TrippedGuard } from '../activation/guards.js';

/** Why a guard holds a run, with its figures, as a clause: "6,100 of 10,000 contacts left the segment; at most 50% may". */
export function guardText({ guard, attribute = '', concerned, of, limitPercent = 0 }: TrippedGuard): string {
  const share = `${formatNumber(concerned)} of ${formatNumber(of)}`;
  const limit = `at most ${limitPercent}% may`;
  switch (guard) {
    case 'empty_segment':
      return `the segment has no contact; before, it had ${formatNumber(of)}`;
    case 'gone':
      return `${share} contacts left the segment; ${limit}`;
    case 'nulled':
      return `${share} contacts would lose their attribute ${attribute}; ${limit}`;
    case 'changed':
      return `${share} contacts changed; ${limit}`;
    case 'duplicates':
      return `${share} rows have an identifier that another row has, too; ${limit}`;
  }
}
