import { setTimeout as sleep } from 'node:timers/promises';
import { openIncidents } from '../../src/engine/incidents/incidents.js';
import type { Ground } from './ground.js';
import { approve, heldRuns } from './held-runs.js';

const looksEveryMs = 1_000;
const approvesAfterMs = 5_000;
const resumesAfterMs = 20_000;

/**
 * The person who looks after the activations: approves what is held and resumes what was paused automatically when nobody
 * else does, so that no act stops the ones that follow.
 */
export class Attendant {
  private readonly ground: Ground;
  private looking: Promise<void> | undefined;
  private isOff = false;

  constructor(ground: Ground) {
    this.ground = ground;
  }

  begin(): void {
    this.looking = this.look();
  }

  async end(): Promise<void> {
    this.isOff = true;
    await this.looking;
  }

  private async look(): Promise<void> {
    while (!this.isOff) {
      await sleep(looksEveryMs);
      await this.doWhatIsDue().catch(() => undefined); // a server is away: later
    }
  }

  private async doWhatIsDue(): Promise<void> {
    for (const held of await heldRuns(this.ground)) {
      if (isOlder(held.hold.since, approvesAfterMs)) await approve(this.ground, held);
    }
    for (const { since, activations } of await openIncidents(this.ground.engine.db)) {
      if (activations.length > 0 && isOlder(since, resumesAfterMs)) await this.ground.outflow('resume', ...activations);
    }
  }
}

function isOlder(since: string | Date, ms: number): boolean {
  return Date.now() - new Date(since).getTime() > ms;
}
