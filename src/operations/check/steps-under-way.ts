/** What a check is doing at the moment, for whoever waits for it. */
export class StepsUnderWay {
  private readonly steps = new Set<{ what: string; sinceMs: number }>();

  /** Does some work; `what` completes "Still": `reading segment loyalty`. */
  async during<T>(what: string, work: Promise<T>): Promise<T> {
    const step = { what, sinceMs: performance.now() };
    this.steps.add(step);
    try {
      return await work;
    } finally {
      this.steps.delete(step);
    }
  }

  /** Steps that have taken so long already, the longest first. */
  takingLongerThan(ms: number): { what: string; forMs: number }[] {
    const now = performance.now();
    return [...this.steps]
      .map(({ what, sinceMs }) => ({ what, forMs: now - sinceMs }))
      .filter(({ forMs }) => forMs >= ms)
      .sort((a, b) => b.forMs - a.forMs);
  }
}
