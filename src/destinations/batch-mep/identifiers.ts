import type { InvalidRowReason } from '../../activation/rendering.js';

/** Longest identifier in UTF-16 units: the smaller of the limits of Batch's SDKs (512 on the web, 1,024 on mobiles). */
const MAX_IDENTIFIER_LENGTH = 512;

/** What a faulty application writes in place of an ID; Batch's SDKs refuse them, whatever the case of their letters. */
const reserved = new Set([
  'undefined',
  'null',
  'nil',
  '(null)',
  '[object object]',
  'true',
  'false',
  'nan',
  'infinity',
  '-infinity',
]);
const LONGEST_RESERVED = 15;

/**
 * Why Batch cannot know a contact by this identifier, its UTF-8 bytes, or undefined. Identifiers are never trimmed or changed.
 * Called for every contact of a first run: most are judged by their length.
 */
export function identifierFault(
  bytes: Buffer,
): Extract<InvalidRowReason, 'empty_identifier' | 'identifier_too_long' | 'identifier_reserved'> | undefined {
  // Reserved words are ASCII, and a text has no more UTF-16 units than bytes.
  if (bytes.length > LONGEST_RESERVED && bytes.length <= MAX_IDENTIFIER_LENGTH) return undefined;
  const identifier = bytes.toString('utf8');
  if (identifier === '') return 'empty_identifier';
  if (identifier.length > MAX_IDENTIFIER_LENGTH) return 'identifier_too_long';
  if (reserved.has(identifier.toLowerCase())) return 'identifier_reserved';
  return undefined;
}
