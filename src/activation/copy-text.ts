/** PostgreSQL's COPY text format: one line a row, fields separated by tabs, backslash escapes. */

export const TAB = 9;
export const NEWLINE = 10;
export const BACKSLASH = 92;

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
