/** Calls that wait for a release. */
export class HeldCalls {
  private waiting: ((isReleased: boolean) => void)[] = [];

  get size(): number {
    return this.waiting.length;
  }

  /** Resolves to true at the release, to false when the call is abandoned. */
  async wait(): Promise<boolean> {
    return await new Promise<boolean>((resolve) => this.waiting.push(resolve));
  }

  /** Lets the calls go on that wait now and says how many they were. A switch that is still on holds the next ones. */
  release(): number {
    return this.end(true);
  }

  /** Ends the calls that wait now without an answer. */
  abandon(): void {
    this.end(false);
  }

  private end(isReleased: boolean): number {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve(isReleased);
    return waiting.length;
  }
}
