import { decodeField } from '../../lines/format.js';
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

type Fault = Extract<InvalidRowReason, 'empty_identifier' | 'identifier_too_long' | 'identifier_reserved'>;

/** Why Batch cannot know a contact by this identifier, or undefined. Identifiers are never trimmed or changed. */
export function identifierFault(identifier: string): Fault | undefined {
  if (identifier === '') return 'empty_identifier';
  if (identifier.length > MAX_IDENTIFIER_LENGTH) return 'identifier_too_long';
  if (identifier.length <= LONGEST_RESERVED && reserved.has(identifier.toLowerCase())) return 'identifier_reserved';
  return undefined;
}

/**
 * The same of a field as it stands in a line of COPY text. Called for every contact of a first run: most are judged by their
 * length, because reserved words are ASCII, and a text has no more UTF-16 units than its field has bytes.
 */
export function identifierFieldFault(line: Buffer, start: number, end: number): Fault | undefined {
  const bytes = end - start;
  if (bytes > LONGEST_RESERVED && bytes <= MAX_IDENTIFIER_LENGTH) return undefined;
  return identifierFault(decodeField(line, start, end) ?? '');
}
