import { plural } from '../../text/words.js';

/** Identifiers that are looked for in another case, at most: they are held in memory. */
const MAX_CASED = 1_000_000;

/** Counts identifiers that a person would read as others than a destination does, which compares them as they are. */
export class IdentifierSpelling {
  private outerBlanks = 0;
  private blanks = 0;
  private casesApart = 0;
  /** Those that are not in lower case, as they are in it: in the order of bytes nearly all come before their lower case. */
  private readonly cased = new Set<string>();

  /** Identifiers in order, each once. */
  add(identifier: string): void {
    const trimmed = identifier.trim();
    if (trimmed === '') this.blanks += identifier === '' ? 0 : 1;
    else if (trimmed !== identifier) this.outerBlanks++;
    const lower = identifier.toLowerCase();
    if (this.cased.has(lower)) this.casesApart++;
    else if (lower !== identifier && this.cased.size < MAX_CASED) this.cased.add(lower);
  }

  /** How many there are, and what is wrong with them; undefined when nothing is. */
  found(): { rows: number; text: string } | undefined {
    const parts = [
      [this.outerBlanks, 'with blanks around it'],
      [this.blanks, 'of nothing but blanks'],
      [this.casesApart, 'equal to another but for upper and lower case'],
    ] as const;
    const rows = parts.reduce((sum, [count]) => sum + count, 0);
    if (rows === 0) return undefined;
    const told = parts.filter(([count]) => count > 0).map(([count, what]) => `${plural(count, 'identifier')} ${what}`);
    return { rows, text: told.join(', ') };
  }
}
