/** Escape sequences, line ends, and what turns or hides the text around it: bidirectional marks, separators, the BOM. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * A text from outside as it may be written to a terminal or a log: what a terminal would obey, or would not show, stands as
 * an escape such as `\x1b` or `\u202e`.
 */
export function visible(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/** `visible` of a text of several lines, whose line ends stay. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  const code = character.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
}
