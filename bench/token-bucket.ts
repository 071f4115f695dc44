/** A limit of so many calls a second, of which some may come at once. Full at the start. */
export class TokenBucket {
  private readonly capacity: number;
  private readonly perMs: number;
  private tokens: number;
  private filledAtMs: number | undefined;

  constructor(capacity: number, perSecond: number) {
    this.capacity = capacity;
    this.perMs = perSecond / 1000;
    this.tokens = capacity;
  }

  /** Whether a call may come at that moment; one that may not costs nothing. */
  take(nowMs: number): boolean {
    const passedMs = nowMs - (this.filledAtMs ?? nowMs);
    this.tokens = Math.min(this.capacity, this.tokens + passedMs * this.perMs);
    this.filledAtMs = nowMs;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
