import { picker } from '../kit/selection.js';
import type { Faults } from './faults.js';
import { RefusedCall, typeOfStatus } from './refused-call.js';
import type { Write } from './rules.js';

/** The faults in force, with what they have used up: counted requests, random numbers, tokens. */
export class FaultPlan {
  private readonly faults: Faults;
  private readonly status: () => boolean;
  private readonly drop: () => boolean;
  private readonly loseAnswer: () => boolean;
  private readonly hold: () => boolean;
  private readonly buckets = new Map<string, TokenBucket>();
  private readonly poisonedIds: ReadonlySet<string>;

  constructor(faults: Faults) {
    this.faults = faults;
    this.status = picker(faults.status);
    this.drop = picker(faults.drop);
    this.loseAnswer = picker(faults.loseAnswer);
    this.hold = picker(faults.hold === true ? {} : faults.hold === false ? undefined : faults.hold);
    this.poisonedIds = new Set(faults.poisonedIds);
  }

  drops(apiKey: string | undefined, when: 'before-reading' | 'before-answering'): boolean {
    return this.concerns(apiKey) && this.faults.drop?.when === when && this.drop();
  }

  /** Throws the RefusedCall that a status switch or an empty bucket has for this call. */
  refuseAtTheDoor(apiKey: string | undefined): void {
    if (!this.concerns(apiKey)) return;
    const { status, rate } = this.faults;
    if (status && this.status()) {
      throw new RefusedCall(typeOfStatus[status.code], 'A fault switch is on.', status.retryAfter);
    }
    if (rate && apiKey !== undefined) {
      const bucket = this.buckets.get(apiKey) ?? new TokenBucket(rate);
      this.buckets.set(apiKey, bucket);
      if (!bucket.take()) throw new RefusedCall('TOO_MANY_REQUESTS', 'Too many requests.', rate.retryAfter);
    }
  }

  /** Throws a RefusedCall for a valid write that holds a poisoned contact or a refused key. */
  refuseWrite(apiKey: string, write: Write): void {
    if (!this.concerns(apiKey) || write.kind === 'delete') return;
    const { refusedKeys = [] } = this.faults;
    for (const [index, user] of write.users.entries()) {
      if (this.poisonedIds.has(user.id)) {
        throw new RefusedCall('MALFORMED_PARAMETER', `user ${index} is refused by a fault switch`);
      }
      const key = refusedKeys.find((each) => Object.hasOwn(user.values, each));
      if (key !== undefined) {
        throw new RefusedCall('MALFORMED_PARAMETER', `${key} of user ${index} is refused by a fault switch`);
      }
    }
  }

  latencyMs(apiKey: string | undefined): number {
    return this.concerns(apiKey) ? (this.faults.latencyMs ?? 0) : 0;
  }

  /** What of an accepted call waits for a release. */
  holds(apiKey: string): 'nothing' | 'answer' | 'application' {
    if (!this.concerns(apiKey) || !this.hold()) return 'nothing';
    return typeof this.faults.hold === 'object' && this.faults.hold.application === true ? 'application' : 'answer';
  }

  losesAnswer(apiKey: string): boolean {
    return this.concerns(apiKey) && this.loseAnswer();
  }

  private concerns(apiKey: string | undefined): boolean {
    return this.faults.apiKey === undefined || this.faults.apiKey === apiKey;
  }
}

class TokenBucket {
  private readonly capacity: number;
  private readonly perSecond: number;
  private tokens: number;
  private filledAtMs = performance.now();

  constructor(rate: { capacity: number; perSecond: number }) {
    this.capacity = rate.capacity;
    this.perSecond = rate.perSecond;
    this.tokens = rate.capacity;
  }

  take(): boolean {
    const nowMs = performance.now();
    const earned = ((nowMs - this.filledAtMs) / 1000) * this.perSecond;
    this.tokens = Math.min(this.capacity, this.tokens + earned);
    this.filledAtMs = nowMs;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
