const WORD_BYTES = 4;

/** Text that is appended to many bodies again and again: as words of 32 bits, which takes half of the time of its bytes. */
export interface FixedText {
  /** In UTF-8, bytes. */
  readonly length: number;
  readonly words: Int32Array;
  /** Bytes that appending it may write: its last word is written whole. */
  readonly room: number;
}

export function fixedText(text: string): FixedText {
  const bytes = Buffer.from(text, 'utf8');
  const words = new Int32Array(Math.ceil(bytes.length / WORD_BYTES));
  for (let i = 0; i < bytes.length; i++) words[i >> 2]! |= bytes[i]! << (8 * (i % WORD_BYTES));
  return { length: bytes.length, words, room: WORD_BYTES * words.length };
}
