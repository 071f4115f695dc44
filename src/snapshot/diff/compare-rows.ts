import { BACKSLASH, decodeField, endOfField } from '../../lines/format.js';
import { type AttributeRule, isInvalid } from '../../activation/rendering.js';
import { endOfKey } from '../../lines/keys.js';
import { RowVerdict } from './verdict.js';

/** Decides, attribute by attribute, what a row has to send. One instance is reused for all rows of a diff. */
export class RowComparison {
  /** Of the row that was looked at last. */
  verdict: RowVerdict;
  private readonly rules: readonly AttributeRule[];

  constructor(rules: readonly AttributeRule[]) {
    this.rules = rules;
    this.verdict = new RowVerdict(rules.length);
  }

  /**
   * A row that the snapshot does not have, in one pass over its bytes: the fields after the key start at `start`. Answers
   * where its line ends, after its newline.
   */
  added(line: Buffer, start: number): number {
    const { rules, verdict } = this;
    verdict.clear();
    let at = start;
    for (let column = 0; column < rules.length; column++) {
      let fieldEnd = rules[column]!.endIfSent(line, at);
      if (fieldEnd >= 0) {
        verdict.send(column);
      } else {
        fieldEnd = endOfField(line, at, line.length);
        this.judge(column, line, at, fieldEnd);
      }
      at = fieldEnd + 1;
    }
    return at;
  }

  /** A row whose line differs from the snapshot's. */
  changed(line: Buffer, start: number, end: number, old: Buffer, oldStart: number, oldEnd: number): void {
    this.verdict.clear();
    let at = endOfKey(line, start) + 1;
    let oldAt = endOfKey(old, oldStart) + 1;
    for (let column = 0; column < this.rules.length; column++) {
      const fieldEnd = endOfField(line, at, end);
      const oldFieldEnd = endOfField(old, oldAt, oldEnd);
      if (isOwed(old, oldAt, oldFieldEnd)) {
        this.judge(column, line, at, fieldEnd);
      } else if (line.compare(old, oldAt, oldFieldEnd, at, fieldEnd) !== 0) {
        this.judgeChange(column, line, at, fieldEnd, old, oldAt, oldFieldEnd);
      }
      at = fieldEnd + 1;
      oldAt = oldFieldEnd + 1;
    }
  }

  /** A row of the snapshot that the segment no longer has. */
  gone(old: Buffer, oldStart: number, oldEnd: number): void {
    const { rules, verdict } = this;
    verdict.clear();
    let at = endOfKey(old, oldStart) + 1;
    for (let column = 0; column < rules.length; column++) {
      const fieldEnd = endOfField(old, at, oldEnd);
      if (!isOwed(old, at, fieldEnd) && isInvalid(rules[column]!.classify(old, at, fieldEnd))) {
        verdict.addInvalid(column, -1);
      }
      at = fieldEnd + 1;
    }
  }

  private judge(column: number, line: Buffer, start: number, end: number): void {
    const verdict = this.rules[column]!.classify(line, start, end);
    if (verdict === 'send') this.verdict.send(column);
    else if (verdict !== 'skip') this.verdict.addInvalid(column, 1);
  }

  private judgeChange(
    column: number,
    line: Buffer,
    start: number,
    end: number,
    old: Buffer,
    oldStart: number,
    oldEnd: number,
  ): void {
    const rule = this.rules[column]!;
    const before = rule.render(decodeField(old, oldStart, oldEnd));
    const after = rule.render(decodeField(line, start, end));
    if (isInvalid(before.verdict)) this.verdict.addInvalid(column, -1);
    if (isInvalid(after.verdict)) this.verdict.addInvalid(column, 1);
    if (after.verdict !== 'send') return;
    if (before.verdict === 'send' && before.json === after.json) return;
    this.verdict.replace(column, after.json === 'null');
  }
}

export function isOwed(line: Buffer, start: number, end: number): boolean {
  return end - start === 2 && line[start] === BACKSLASH && line[start + 1] === 85;
}
