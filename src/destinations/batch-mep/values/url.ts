import type { AttributeMapping } from '../../../activation/definitions.js';
import { CANNOT_TELL, cleared, invalid, sent, type ValueRule } from './value-rule.js';

const MAX_URL_LENGTH = 2048;

/** `url(u.name)`: an address with a scheme and an authority, at most 2,048 UTF-16 units; the empty string clears. */
export function urlRule(mapping: AttributeMapping): ValueRule {
  return {
    key: `url(u.${mapping.attribute})`,
    type: 'url',
    policies: ['onTooLong'],
    render: (text) => {
      if (text === '') return cleared;
      if (text.length > MAX_URL_LENGTH) return invalid('too_long', mapping.onTooLong);
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
