const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** The variables that a text refers to as `${VAR}`, in order. */
export function referencesIn(text: string): string[] {
  return Array.from(text.matchAll(reference), (match) => match[1]!);
}

/** Whether a text is one `${VAR}` and nothing else, so that it holds no secret itself. */
export function isReference(text: string): boolean {
  return /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(text);
}

/** The text with each `${VAR}` replaced. `offset` says where in the text the reference stands. */
export function replaceReferences(text: string, valueOf: (variable: string, offset: number) => string): string {
  return text.replace(reference, (_, variable: string, offset: number) => valueOf(variable, offset));
}
