import type { Content } from './contents.js';
import type { StandingRefusal } from './store.js';
import type { App } from './world.js';

/** What one app refused of a contact: an attribute, or null for all of it. */
export interface Refused {
  app: App;
  attribute: string | null;
}

interface Refusal {
  content: string;
  refused: readonly Refused[];
  attempts: number;
  dueAt: number;
}

/** A plain model of the rejections: what was refused last of each contact, how often in a row, and when it is due. */
export class RefusalsModel {
  private readonly retryAfterMs: readonly number[];
  private readonly refusals = new Map<string, Refusal>();
  private now = 0;

  constructor(retryAfterMs: readonly number[]) {
    this.retryAfterMs = retryAfterMs;
  }

  /** `owed`: what of the contact any app refused. */
  refuse(identifier: string, owed: Content, refused: readonly Refused[]): void {
    const content = JSON.stringify(owed);
    const last = this.refusals.get(identifier);
    const attempts = last?.content === content ? last.attempts + 1 : 1;
    const waitMs = this.retryAfterMs[attempts - 1] ?? this.retryAfterMs.at(-1)!;
    this.refusals.set(identifier, { content, refused, attempts, dueAt: this.now + waitMs });
  }

  forget(identifier: string): void {
    this.refusals.delete(identifier);
  }

  pass(ms: number): void {
    this.now += ms;
  }

  waits(identifier: string, content: Content): boolean {
    const refusal = this.refusals.get(identifier);
    return refusal !== undefined && refusal.dueAt > this.now && refusal.content === JSON.stringify(content);
  }

  get identifiers(): string[] {
    return [...this.refusals.keys()];
  }

  standing(): StandingRefusal[] {
    return [...this.refusals].flatMap(([identifier, { refused, attempts, dueAt }]) =>
      refused.map((each) => ({ identifier, ...each, attempts, waits: dueAt > this.now })),
    );
  }
}
