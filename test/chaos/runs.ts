import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { taskQueue } from '../../src/activation/task-queues.js';
import { type ActivationName, activationNames } from './activations.js';
import type { Ground } from './ground.js';
import { comesAbout, patiently } from './patience.js';

const betweenRunsMs = 300;
const lookEveryMs = 150;

/** Keeps a run of each activation going, one after the other, as a schedule would that comes round all the time. */
export class Runs {
  private readonly ground: Ground;
  /** Workflows that were started and have not been seen to end. */
  private readonly open = new Map<string, ActivationName>();
  private readonly ended: Record<ActivationName, number>;
  /** Of the loops that may start runs; undefined: none. */
  private era: object | undefined;
  private count = 0;
  private failure: Error | undefined;

  constructor(ground: Ground) {
    this.ground = ground;
    this.ended = Object.fromEntries(activationNames.map((name) => [name, 0])) as Record<ActivationName, number>;
  }

  /** From now on, until `stopStarting`. */
  startOver(): void {
    const era = {};
    this.era = era;
    for (const name of activationNames)
      void this.keepRunning(name, era).catch((error: unknown) => (this.failure ??= error as Error));
  }

  /** Starts no more; those that are open go on. */
  stopStarting(): void {
    this.era = undefined;
  }

  /** Starts one more run, also while another is open. Returns its workflow's id once Temporal has it. */
  async start(activation: ActivationName, mode?: 'full'): Promise<string> {
    const workflowId = `${activation}-${++this.count}`;
    this.open.set(workflowId, activation);
    await patiently(() =>
      this.ground.client.workflow.start('activation', {
        taskQueue,
        workflowId,
        args: [{ activation, ...(mode && { mode }) }],
        workflowIdConflictPolicy: 'USE_EXISTING', // of a start whose answer was lost
      }),
    );
    void this.untilEnded(workflowId).then(() => {
      this.open.delete(workflowId);
      this.ended[activation]++;
    });
    return workflowId;
  }

  openIds(activation?: ActivationName): string[] {
    return [...this.open].filter(([, name]) => activation === undefined || name === activation).map(([id]) => id);
  }

  /** Whether no workflow is open within this time. Throws what has kept a run from being started. */
  async areOver(withinMs: number): Promise<boolean> {
    if (this.failure) throw this.failure;
    return comesAbout(() => Promise.resolve(this.open.size === 0), withinMs);
  }

  /** Whether each activation has had this many runs end from now on within the time. */
  async goRound(rounds: number, withinMs: number): Promise<boolean> {
    const before = { ...this.ended };
    const isRound = (): boolean => activationNames.every((name) => this.ended[name] >= before[name] + rounds);
    return comesAbout(() => Promise.resolve(isRound()), withinMs);
  }

  /** Terminates every open run, or those of one activation. */
  async terminate(activation?: ActivationName): Promise<void> {
    await this.each(activation, (id) => this.ground.client.workflow.getHandle(id).terminate('chaos'));
  }

  async cancel(activation?: ActivationName): Promise<void> {
    await this.each(activation, (id) => this.ground.client.workflow.getHandle(id).cancel());
  }

  async signal(signal: 'pause' | 'resume', activation?: ActivationName): Promise<void> {
    await this.each(activation, (id) => this.ground.client.workflow.getHandle(id).signal(signal));
  }

  /** One that has ended meanwhile is left alone. */
  private async each(
    activation: ActivationName | undefined,
    act: (workflowId: string) => Promise<unknown>,
  ): Promise<void> {
    for (const id of this.openIds(activation)) {
      await patiently(async () => {
        await act(id).catch((error: unknown) => {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        });
      });
    }
  }

  private async keepRunning(activation: ActivationName, era: object): Promise<void> {
    while (this.era === era) {
      const id = await this.start(activation);
      while (this.open.has(id)) await sleep(lookEveryMs);
      await sleep(betweenRunsMs);
    }
  }

  private async untilEnded(workflowId: string): Promise<void> {
    for (;;) {
      await sleep(lookEveryMs);
      const status = await this.statusOf(workflowId);
      if (status !== undefined && status !== 'RUNNING') return;
    }
  }

  /** Of the newest execution: a reset begins another one. undefined while Temporal does not say. */
  private async statusOf(workflowId: string): Promise<string | undefined> {
    try {
      return (await this.ground.client.workflow.getHandle(workflowId).describe()).status.name;
    } catch (error) {
      return error instanceof WorkflowNotFoundError ? 'NOT_FOUND' : undefined;
    }
  }
}
