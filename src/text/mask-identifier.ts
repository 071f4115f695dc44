/**
 * An identifier that a person can recognise when they know it: the first character and the domain of an e-mail address
 * (`j•••@example.com`), else the first two characters.
 */
export function maskIdentifier(identifier: string): string {
  const at = identifier.lastIndexOf('@');
  if (at > 0) return `${firstCharacters(identifier, 1)}•••${identifier.slice(at)}`;
  const shown = firstCharacters(identifier, 2);
  return shown === identifier ? '•••' : `${shown}•••`; // nothing would be hidden of a short one
}

function firstCharacters(text: string, count: number): string {
  return Array.from(text).slice(0, count).join('');
}
