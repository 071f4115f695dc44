/** The rule that a name breaks, and what to write instead. */
export interface NameFault {
  rule: string;
  remedy: string;
}

/** What to name an attribute whose service takes `allowed` names only. `purpose`: what that is good for. */
export function nameProposal(name: string, allowed: RegExp, purpose = ''): string {
  const proposed = snakeCase(name);
  return `${purpose}${allowed.test(proposed) ? `name it ${proposed}` : 'choose another name'}`;
}

/** `firstName`, `First Name` and `first-name` are `first_name`; accents are dropped. */
function snakeCase(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}
