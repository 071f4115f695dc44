/** Writes that were accepted and not applied yet: Batch shows a change some time after its answer, never before. */
export class PendingWrites {
  private readonly applyDelayMs: number;
  private readonly writes = new Set<PendingWrite>();
  private waiting: (() => void)[] = [];

  constructor(applyDelayMs: number) {
    this.applyDelayMs = applyDelayMs;
  }

  /** From now until it is applied the write counts as pending. */
  add(apply: () => void): PendingWrite {
    const write = new PendingWrite(this.applyDelayMs, () => {
      this.writes.delete(write);
      apply();
      if (this.writes.size === 0) this.release();
    });
    this.writes.add(write);
    return write;
  }

  /** Resolves when nothing is pending. Calls whose application is held are not accepted yet and not waited for. */
  async settled(): Promise<void> {
    if (this.writes.size > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Forgets what is pending, for a reset and at the end. */
  clear(): void {
    for (const write of this.writes) write.cancel();
    this.writes.clear();
    this.release();
  }

  private release(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting = [];
  }
}

export class PendingWrite {
  private readonly delayMs: number;
  private readonly apply: () => void;
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(delayMs: number, apply: () => void) {
    this.delayMs = delayMs;
    this.apply = apply;
  }

  applyLater(): void {
    if (!this.isOver) this.timer = setTimeout(() => this.applyNow(), this.delayMs);
  }

  applyNow(): void {
    if (this.isOver) return;
    this.cancel();
    this.apply();
  }

  cancel(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }
}
