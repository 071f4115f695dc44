/** Attributes of a contact, as Batch's own SDKs limit them; the API documents no other figure. */
export const MAX_ATTRIBUTES = 50;

/** Of these, collections of tags. */
export const MAX_TAG_ATTRIBUTES = 15;

const MAX_NAME_LENGTH = 30;

/** The rule of Batch that a name breaks, and what to write instead. */
export interface NameFault {
  rule: string;
  remedy: string;
}

/**
 * What is wrong with an attribute's name, or undefined. Batch takes 1 to 30 of a-z, 0-9 and _; its SDKs lowercase
 * names while its API does not, so a name in capitals would become a second attribute that no app reads.
 */
export function attributeNameFault(name: string): NameFault | undefined {
  if (/^[a-z0-9_]{1,30}$/.test(name)) return undefined;
  if (name === '') return { rule: 'an attribute has a name', remedy: 'give it a name' };
  if (name.startsWith('$')) {
    return {
      rule: `native attributes ($...) do not exist for contacts of the Mobile Engagement Platform`,
      remedy: proposal(name, 'to send it as a custom attribute, '),
    };
  }
  if (/^[a-z0-9_]+$/.test(name)) {
    return {
      rule: `a name has at most ${MAX_NAME_LENGTH} characters, this one has ${name.length}`,
      remedy: 'map the field to a shorter name',
    };
  }
  return { rule: 'a name is made of a-z, 0-9 and _', remedy: proposal(name, '') };
}

function proposal(name: string, purpose: string): string {
  const proposed = snakeCase(name);
  return `${purpose}${/^[a-z0-9_]{1,30}$/.test(proposed) ? `name it ${proposed}` : 'choose another name'}`;
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
