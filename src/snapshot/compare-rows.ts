import { BACKSLASH, decodeField, NEWLINE, TAB } from '../activation/copy-text.js';
import type { AttributeRule } from '../activation/rendering.js';
import { isInvalid } from '../activation/rendering.js';
import { keyBounds } from './line-keys.js';
import { addColumn, maskBytes } from './row-mask.js';

/** `\U`, which COPY never writes: the destination's value is not known to be the snapshot's. */
export const OWED = Buffer.from('\\U');

/**
 * Decides, attribute by attribute, what a row has to send: the columns carried, and how many invalid values it adds or
 * takes away. One instance is reused for all rows of a diff.
 */
export class RowComparison {
  /** Columns to send. */
  readonly mask: Buffer;
  /** Standing invalid values after the row less before it, a column each: -1, 0 or 1. */
  readonly invalid: Int8Array;
  /** Whether a settled value differs, and the new one is sent. Of `changed`. */
  differs = false;
  /** Columns whose settled value turns null at the destination, a 1 each. Of `changed`. */
  readonly nulled: Uint8Array;
  private readonly rules: readonly AttributeRule[];
  private readonly bounds = { end: 0, escaped: false };

  constructor(rules: readonly AttributeRule[]) {
    this.rules = rules;
    this.mask = Buffer.alloc(maskBytes(rules.length));
    this.invalid = new Int8Array(rules.length);
    this.nulled = new Uint8Array(rules.length);
  }

  /** A row that the snapshot does not have. Answers whether there is anything to send. */
  added(line: Buffer, start: number, end: number): boolean {
    this.clear();
    let sends = false;
    let at = keyBounds(line, start, this.bounds).end + 1;
    for (let column = 0; column < this.rules.length; column++) {
      const fieldEnd = endOfField(line, at, end);
      if (this.judge(column, line, at, fieldEnd)) sends = true;
      at = fieldEnd + 1;
    }
    return sends;
  }

  /** A row whose line differs from the snapshot's. Answers whether there is anything to send. */
  changed(line: Buffer, start: number, end: number, old: Buffer, oldStart: number, oldEnd: number): boolean {
    this.clear();
    let sends = false;
    let at = keyBounds(line, start, this.bounds).end + 1;
    let oldAt = keyBounds(old, oldStart, this.bounds).end + 1;
    for (let column = 0; column < this.rules.length; column++) {
      const fieldEnd = endOfField(line, at, end);
      const oldFieldEnd = endOfField(old, oldAt, oldEnd);
      if (isOwed(old, oldAt, oldFieldEnd)) {
        if (this.judge(column, line, at, fieldEnd)) sends = true;
      } else if (line.compare(old, oldAt, oldFieldEnd, at, fieldEnd) !== 0) {
        if (this.judgeChange(column, line, at, fieldEnd, old, oldAt, oldFieldEnd)) sends = true;
      }
      at = fieldEnd + 1;
      oldAt = oldFieldEnd + 1;
    }
    return sends;
  }

  /** A row of the snapshot that the segment no longer has. */
  gone(old: Buffer, oldStart: number, oldEnd: number): void {
    this.clear();
    let at = keyBounds(old, oldStart, this.bounds).end + 1;
    for (let column = 0; column < this.rules.length; column++) {
      const fieldEnd = endOfField(old, at, oldEnd);
      if (!isOwed(old, at, fieldEnd) && this.isInvalid(column, old, at, fieldEnd)) this.invalid[column] = -1;
      at = fieldEnd + 1;
    }
  }

  private clear(): void {
    this.mask.fill(0);
    this.invalid.fill(0);
    this.differs = false;
    this.nulled.fill(0);
  }

  private judge(column: number, line: Buffer, start: number, end: number): boolean {
    const verdict = this.rules[column]!.classify(line, start, end);
    if (verdict === 'send') {
      addColumn(this.mask, 0, column);
      return true;
    }
    if (verdict !== 'skip') this.invalid[column]! += 1;
    return false;
  }

  private judgeChange(
    column: number,
    line: Buffer,
    start: number,
    end: number,
    old: Buffer,
    oldStart: number,
    oldEnd: number,
  ): boolean {
    const rule = this.rules[column]!;
    const before = rule.render(decodeField(old, oldStart, oldEnd));
    const after = rule.render(decodeField(line, start, end));
    if (isInvalid(before.verdict)) this.invalid[column]! -= 1;
    if (after.verdict !== 'send') {
      if (isInvalid(after.verdict)) this.invalid[column]! += 1;
      return false;
    }
    if (before.verdict === 'send' && before.json === after.json) return false;
    addColumn(this.mask, 0, column);
    this.differs = true;
    if (after.json === 'null') this.nulled[column] = 1;
    return true;
  }

  private isInvalid(column: number, line: Buffer, start: number, end: number): boolean {
    return isInvalid(this.rules[column]!.classify(line, start, end));
  }
}

/** Where the field that starts at `start` ends, in a line that ends (after its newline) at `lineEnd`. */
export function endOfField(line: Buffer, start: number, lineEnd: number): number {
  for (let i = start; i < lineEnd; i++) {
    const byte = line[i]!;
    if (byte === TAB || byte === NEWLINE) return i;
  }
  return lineEnd;
}

export function isOwed(line: Buffer, start: number, end: number): boolean {
  return end - start === 2 && line[start] === BACKSLASH && line[start + 1] === 85;
}
