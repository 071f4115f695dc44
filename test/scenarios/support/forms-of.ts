/**
 * A text in lower case as bytes that are read as latin1 may hold it: as it is, as hex digits, and as base64, for which it
 * matters where in its three bytes the text begins. Base64 is not to be compared in lower case.
 */
export interface FormsOf {
  /** In lower case. */
  plain: string[];
  base64: string[];
}

export function formsOf(text: string): FormsOf {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The characters at both ends hold bits of the neighbours, too.
    const end = (offset + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1;
    return encoded.slice(offset === 0 ? 0 : offset + 1, end);
  });
  return { plain: [text.toLowerCase(), bytes.toString('hex')], base64 };
}

/** Whether these bytes hold the text in any of its forms. */
export function holdsAnyForm(bytes: Buffer, { plain, base64 }: FormsOf): boolean {
  const text = bytes.toString('latin1');
  const lower = text.toLowerCase();
  return plain.some((form) => lower.includes(form)) || base64.some((form) => text.includes(form));
}
