import type { AttributeMapping } from '../../../activation/definitions.js';
import { CANNOT_TELL, cleared, invalid, sent, type ValueRule } from './value-rule.js';

/** An address with a scheme and an authority, at most so many UTF-16 units long; the empty string clears. */
export function urlRule(mapping: AttributeMapping, maxLength: number): ValueRule {
  return {
    type: 'url',
    policies: ['onTooLong'],
    render: (text) => {
      if (text === '') return cleared;
      if (text.length > maxLength) return invalid('too_long', mapping.onTooLong);
      return isUrl(text) ? sent(JSON.stringify(text)) : invalid('bad_url');
    },
    endIfSent: () => CANNOT_TELL,
    writeJson: () => false,
  };
}

/** The pattern asks for the authority and refuses blanks, both of which the parser would repair. */
function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#][^\s]*$/i.test(text) && URL.canParse(text);
}
