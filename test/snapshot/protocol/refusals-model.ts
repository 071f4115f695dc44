import type { Content } from './contents.js';
import type { StandingRefusal } from './store.js';
import type { App } from './world.js';

interface Refusal {
  content: string;
  apps: Set<App>;
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

  refuse(identifier: string, content: Content, apps: Set<App>): void {
    const refused = JSON.stringify(content);
    const last = this.refusals.get(identifier);
    const attempts = last?.content === refused ? last.attempts + 1 : 1;
    const waitMs = this.retryAfterMs[attempts - 1] ?? this.retryAfterMs.at(-1)!;
    this.refusals.set(identifier, { content: refused, apps, attempts, dueAt: this.now + waitMs });
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
    return [...this.refusals].flatMap(([identifier, { apps, attempts, dueAt }]) =>
      [...apps].map((app) => ({ identifier, app, attempts, waits: dueAt > this.now })),
    );
  }
}
