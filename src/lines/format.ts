/** PostgreSQL's COPY text format: one line a row, fields separated by tabs, backslash escapes. */

export const TAB = 9;
export const NEWLINE = 10;
export const BACKSLASH = 92;

/** Whether a field ends before this byte: a tab or a newline, which are neighbours, so that most bytes take one comparison. */
export function endsField(byte: number | undefined): boolean {
  return byte !== undefined && byte <= NEWLINE && byte >= TAB;
}

/**
 * Where the field that starts at `start` ends, in a line that ends (after its newline) at `lineEnd`. A loop, because fields
 * are short and a call of `indexOf` is not.
 */
export function endOfField(line: Buffer, start: number, lineEnd: number): number {
  for (let i = start; i < lineEnd; i++) {
    if (endsField(line[i])) return i;
  }
  return lineEnd;
}

/** Lines that end within a piece of COPY text. */
export function countLines(text: Buffer): number {
  let lines = 0;
  for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}

/** Where each of these lines ends, after its newline. */
export function lineEnds(lines: Buffer): number[] {
  const ends: number[] = [];
  for (let end = lines.indexOf(NEWLINE) + 1; end > 0; end = lines.indexOf(NEWLINE, end) + 1) ends.push(end);
  return ends;
}

const unescaped: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The text of a field; null for `\N`. Every escape that COPY TO writes is a backslash and one character. */
export function decodeField(line: Buffer, start: number, end: number): string | null {
  return unescapeField(line.toString('utf8', start, end));
}

/** The same of a field that is already a string, still escaped. */
export function unescapeField(field: string): string | null {
  if (!field.includes('\\')) return field;
  if (field === '\\N') return null;
  return field.replace(/\\(.)/gs, (_, c: string) => unescaped[c] ?? c);
}

/** Writes a field as COPY TO does. Null becomes `\N`. */
export function encodeField(text: string | null): string {
  if (text === null) return '\\N';
  return text.replace(/[\b\f\n\r\t\v\\]/g, (c) => {
    switch (c) {
      case '\b':
        return '\\b';
      case '\f':
        return '\\f';
      case '\n':
        return '\\n';
      case '\r':
        return '\\r';
      case '\t':
        return '\\t';
      case '\v':
        return '\\v';
      default:
        return '\\\\';
    }
  });
}

/** `\U`, which COPY never writes: the destination's value is not known to be the snapshot's. */
export const OWED = Buffer.from('\\U');
