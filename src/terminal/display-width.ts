import { stripVTControlCharacters } from 'node:util';

/** East Asian wide characters and emoji, which take two columns; marks that join the character before them take none. */
const WIDE =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const JOINED = /\p{Mark}/u;

/** How many columns of a terminal a line takes; colours take none. */
export function displayWidth(line: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(line)) {
    width += JOINED.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  }
  return width;
}
