import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { SendChunksResult } from '../activation/steps.js';
import type { OpenedRun } from './carried-run.js';
import { giveBackChunks, hasChunksLeft, takeShare } from './chunk-list.js';
import { outageLeftMs, outageMet } from './outage.js';
import type { RunView } from './run-view.js';
import { shareText } from './share-text.js';
import { endedByWithdrawal } from './step-failure.js';
import { sendChunks } from './steps.js';

/** Longer than the hard deadline of a request, so that a slow destination is never mistaken for a dead worker. */
const heartbeatMarginMs = 10_000;

/** What a lane takes while it is not known how fast the destination is, and at most: each number more stands in the history. */
const firstShare = 4;
const longestShare = 16;

/** The time in which chunks are under way, between two pauses. */
interface Stretch {
  scope: CancellationScope;
  withdrawn: boolean;
  /** The first one. */
  failure: Error | undefined;
}

/**
 * Sends the chunks of a run in lanes, each a step at a time. A lane takes a share of the chunks that are left; what its step
 * did not come to it gives back, but stays with a chunk that has stopped until it is acknowledged.
 */
export class ChunkSender {
  private readonly view: RunView;
  private readonly changed: () => void;
  private outageTimer: Promise<unknown> | undefined;
  private stretch: Stretch | undefined;

  /** `changed` is called whenever the view has changed. */
  constructor(view: RunView, changed: () => void) {
    this.view = view;
    this.changed = changed;
  }

  /**
   * Sends until every chunk is acknowledged, standing still while the view says paused. Ends early, with nothing under
   * way, when the history has grown so long that the run must continue as new. Throws the first failure of a chunk,
   * after the others have ended.
   */
  async send(opened: OpenedRun): Promise<'sent' | 'continue-as-new'> {
    while (hasChunksLeft(this.view.chunks)) {
      if (workflowInfo().continueAsNewSuggested) return 'continue-as-new';
      if (this.view.pause) {
        this.view.outage = undefined;
        await condition(() => this.view.pause === undefined);
      } else {
        await this.sendStretch(opened);
      }
    }
    return 'sent';
  }

  /** Takes back what is under way, for a pause: requests on the wire end, waits end at once. */
  withdraw(): void {
    if (!this.stretch) return;
    this.stretch.withdrawn = true;
    this.stretch.scope.cancel();
  }

  private async sendStretch(opened: OpenedRun): Promise<void> {
    const stretch: Stretch = { scope: new CancellationScope(), withdrawn: false, failure: undefined };
    this.stretch = stretch;
    this.view.chunksUnderWay = true;
    const lanes = Array.from({ length: opened.concurrency }, () => stretch.scope.run(() => this.lane(opened, stretch)));
    await Promise.all(lanes);
    this.stretch = undefined;
    this.view.chunksUnderWay = false;
    this.view.waiting = undefined;
    this.changed();
    if (stretch.failure !== undefined) throw stretch.failure;
  }

  /** Never throws: what fails is kept in the stretch, and ends the other lanes. */
  private async lane(opened: OpenedRun, stretch: Stretch): Promise<void> {
    let most = firstShare;
    while (!isOver(stretch)) {
      const share = takeShare(this.view.chunks, opened.concurrency, most);
      if (share.length === 0) return;
      try {
        // So that one that is slow, or has a pace, is given about what it takes, and the summary says what the step sends.
        most = Math.min(longestShare, 2 * (await this.deliver(opened, share, stretch)));
      } catch (error) {
        if (stretch.withdrawn && endedByWithdrawal(error)) return;
        stretch.failure ??= error as Error;
        stretch.scope.cancel();
      } finally {
        giveBackChunks(this.view.chunks, share);
      }
    }
  }

  /**
   * How many were acknowledged. Leaves in `share` what is to be given back: what the step did not begin, or had not finished
   * when the stretch was over.
   */
  private async deliver(opened: OpenedRun, share: number[], stretch: Stretch): Promise<number> {
    let done = 0;
    for (;;) {
      await this.waitOutOutage(stretch);
      if (isOver(stretch)) return done;
      const result = await this.call(opened, share);
      done += result.done;
      share.splice(0, result.done);
      this.count(result);
      if (!result.stop) return done;
      giveBackChunks(this.view.chunks, share.splice(1));
      if (result.stop.status === 'more') continue;
      if (result.stop.because === 'outage') this.view.outage = outageMet(this.view.outage, Date.now(), result.stop);
      else await this.waitForPace(result.stop.waitMs, stretch);
    }
  }

  private async call({ run, requestTimeoutMs }: OpenedRun, share: number[]): Promise<SendChunksResult> {
    const summary = shareText(share, this.view.chunks.total);
    const failures = this.view.outage?.failures;
    const heartbeatTimeout = requestTimeoutMs + heartbeatMarginMs;
    return await sendChunks.executeWithOptions({ summary, heartbeatTimeout }, [
      { run, chunks: share, ...(failures !== undefined && { failures }) },
    ]);
  }

  private count({ done, accepted, rejected }: SendChunksResult): void {
    if (done === 0) return;
    this.view.outage = undefined;
    this.view.chunks.done += done;
    this.view.accepted += accepted;
    this.view.rejected += rejected;
    this.changed();
  }

  /** One timer for all lanes: an outage may last for hours, and each timer stands in the history. */
  private async waitOutOutage(stretch: Stretch): Promise<void> {
    for (;;) {
      const waitMs = outageLeftMs(this.view.outage, Date.now());
      if (waitMs === 0 || isOver(stretch)) return;
      const over = (): boolean => isOver(stretch) || this.view.outage === undefined;
      const { destination, reason } = this.view.outage!;
      const summary = `Wait for destination ${destination} to answer (${reason})`;
      this.outageTimer ??= this.wait(summary, waitMs, over).finally(() => (this.outageTimer = undefined));
      await this.outageTimer;
    }
  }

  private async waitForPace(waitMs: number, stretch: Stretch): Promise<void> {
    this.view.waiting = { for: 'rate', until: new Date(Date.now() + waitMs).toISOString() };
    await this.wait('Wait for the pace of the destination', waitMs, () => isOver(stretch));
    this.view.waiting = undefined;
    this.changed();
  }

  private async wait(summary: string, waitMs: number, over: () => boolean): Promise<void> {
    this.changed();
    await condition(over, Math.max(1, Math.ceil(waitMs)), { summary });
  }
}

/** Whether nothing more may be begun: the chunks were withdrawn, one failed, or the run must continue as new. */
function isOver(stretch: Stretch): boolean {
  return stretch.withdrawn || stretch.failure !== undefined || workflowInfo().continueAsNewSuggested;
}
