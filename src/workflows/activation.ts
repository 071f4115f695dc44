import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import {
  CancellationScope,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunResult } from '../activation/run.js';
import { searchAttributes } from '../activation/search-attributes.js';
import type { OpenRunResult } from '../activation/steps.js';
import { carriedRun, carryRun, type OpenedRun } from './carried-run.js';
import { carryOut } from './carry-out.js';
import { endWorkflow, endingAfter, recordEnding, runFailure, type Ending } from './end-run.js';
import { takeApproval } from './hold.js';
import { approve, pause, progress, resume } from './messages.js';
import { pauseOf } from './pause-input.js';
import { reportCulprit } from './report-culprit.js';
import { detailsOf } from './run-text.js';
import { newRunView, progressOf, shownStateOf, type RunView } from './run-view.js';
import { ChunkSender } from './send-chunks.js';
import { failureReport } from './step-failure.js';
import { openRun } from './steps.js';

/**
 * One run of an activation: opens it, compares the segment with the snapshot, is held when guards say so, sends the
 * changes, closes it.
 *
 * The input is a JSON object such as `{ "activation": "loyalty" }`; it is checked by the first step, so that whatever was
 * typed gets an answer. Returns what was done; a run that another run or a pause keeps from opening completes as
 * `skipped`. A failed run fails the workflow with the error's code as type and the run's result as details.
 */
export async function activation(input?: unknown): Promise<RunResult> {
  const root = CancellationScope.current();
  const carried = carriedRun(input);
  const view = carried?.view ?? newRunView();
  let opened: OpenedRun | undefined = carried?.opened;
  const changed = (): void => {
    setCurrentDetails(detailsOf(progressOf(view)));
    if (opened) showState(opened, view);
  };
  const sender = new ChunkSender(view, changed);

  setHandler(
    pause,
    (typed) => {
      view.pause ??= pauseOf(typed, new Date());
      sender.withdraw();
      changed();
    },
    { description: 'Ends the requests on the wire, then sends nothing more until resumed. Input: {"reason": "..."}' },
  );
  setHandler(
    resume,
    () => {
      view.pause = undefined;
      changed();
    },
    { description: 'Goes on sending after a pause. No input.' },
  );
  setHandler(
    approve,
    (typed) => {
      takeApproval(view, typed, new Date());
      changed();
    },
    {
      description: 'Sends what guards have held. Input: {"hold": "run-42"}, the name of the hold; else it is ignored.',
    },
  );
  setHandler(progress, () => progressOf(view), { description: 'The state and the counts of the run.' });
  changed();

  const opening = carried?.opened ?? (await open(input));
  if (opening.kind === 'skipped') return opening.result;
  view.run = opening.run;
  if (!carried) setSearchAttributes(opening, { activation: opening.run.activation });
  opened = opening;
  changed();

  const how = await carryOut({ opened: opening, view, sender, changed }).then(
    // A cancellation that met no step would be lost in the next history.
    (done): Ending | 'continue-as-new' => (root.consideredCancelled ? { outcome: 'cancelled' } : done),
    (error: unknown) => endingAfter(error, root.consideredCancelled),
  );
  if (how === 'continue-as-new') return await continueAsNew<typeof activation>(carryRun({ opened: opening, view }));

  view.phase = 'closing';
  const result = await recordEnding(opening.run, view, how);
  view.phase = 'closed';
  // A step that failed has not said what it had sent before.
  view.accepted = result.counts.accepted;
  view.rejected = result.counts.rejected;
  changed();
  if (result.outcome) setSearchAttributes(opening, { outcome: result.outcome, state: null });
  await reportCulprit(opening, how);
  return endWorkflow(how, result);
}

async function open(input: unknown): Promise<OpenRunResult> {
  const scheduled = workflowInfo().typedSearchAttributes.get(scheduledBy) !== undefined;
  try {
    return await openRun.executeWithOptions({ summary: 'Take the claim' }, [
      { request: input, scheduled, firstRunId: workflowInfo().firstExecutionRunId },
    ]);
  } catch (error) {
    const report = isCancellation(error) ? undefined : failureReport(error);
    throw report ? runFailure(report) : error;
  }
}

/** Set by Temporal on every workflow that a schedule starts. */
const scheduledBy = defineSearchAttributeKey('TemporalScheduledById', SearchAttributeType.KEYWORD);

/** Keeps Temporal's list of workflows current. The last state goes with the outcome. */
function showState(opened: OpenedRun, view: RunView): void {
  const state = shownStateOf(view);
  if (state === undefined || state === view.shown) return;
  view.shown = state;
  setSearchAttributes(opened, { state });
}

/** Where the attributes are not registered, setting one would stop the workflow. null removes one. */
function setSearchAttributes(
  opened: OpenedRun,
  values: Partial<Record<keyof typeof searchAttributes, string | null>>,
): void {
  if (!opened.searchAttributes) return;
  upsertSearchAttributes(
    Object.entries(values).map(([name, value]) => ({
      key: defineSearchAttributeKey(
        searchAttributes[name as keyof typeof searchAttributes],
        SearchAttributeType.KEYWORD,
      ),
      value,
    })),
  );
}
