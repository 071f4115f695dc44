import {
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { formatNumber } from '../text/figure.js';
import type { IncidentRef, ProbeResult } from '../activation/steps.js';
import { recoveryInput } from './recovery-input.js';
import { recoveryDetails, type RecoveryView } from './recovery-text.js';
import { failureReport } from './step-failure.js';
import { awaitProbe, endIncident, probeCulprit } from './steps.js';

/** Tries the culprit at once. */
const probe = defineSignal('probe');

/** After a step that failed for good. */
const patienceMs = 30 * 60 * 1000;

type Answer = Awaited<ReturnType<typeof awaitProbe>> | ProbeResult | { kind: 'ended'; resumed: string[] };

/**
 * Probes what an incident has found at fault, until it answers: then what was paused because of it is resumed. Ends as well
 * when the incident was closed by other means. Returns the names of the activations that it has resumed.
 */
export async function recovery(input?: unknown): Promise<{ resumed: string[] }> {
  const { engine, incidentId, culprit, carried } = recoveryInput(input);
  const incident = { engine, incidentId };
  const { since, probes } = carried ?? { since: workflowInfo().startTime.toISOString(), probes: 0 };
  const view: RecoveryView = { culprit, since, probes, nextProbeAt: undefined, resumed: undefined };
  const changed = (): void => setCurrentDetails(recoveryDetails(view));
  let woken = false;
  const isWoken = (): boolean => woken;
  setHandler(probe, () => void (woken = true), { description: 'Probes what is at fault at once. No input.' });
  changed();

  let answer = await waitingOn(() => awaitProbe.executeWithOptions({ summary: 'When to probe' }, [incident]));
  while (answer.kind === 'open' || answer.kind === 'silent') {
    const waitMs = Math.max(1, Math.ceil(answer.nextProbeInMs));
    view.nextProbeAt = new Date(Date.now() + waitMs).toISOString();
    changed();
    await condition(isWoken, waitMs, { summary: `Probe ${culprit.kind} ${culprit.name} again` });
    woken = false;
    view.nextProbeAt = undefined;
    view.probes++;
    changed();
    answer = await waitingOn(() => probeOnce(incident, view.probes));
    if (answer.kind === 'silent' && !isWoken() && workflowInfo().continueAsNewSuggested) {
      return continueAsNew<typeof recovery>({ ...incident, culprit, carried: { since, probes: view.probes } });
    }
  }
  view.resumed = answer.kind === 'ended' ? answer.resumed : [];
  changed();
  return { resumed: [...view.resumed] };
}

async function probeOnce(incident: IncidentRef, probes: number): Promise<Answer> {
  const answer = await probeCulprit.executeWithOptions({ summary: `Probe ${formatNumber(probes)}` }, [incident]);
  if (answer.kind !== 'answered') return answer;
  const { resumed } = await endIncident.executeWithOptions({ summary: 'It answers: resume what was paused' }, [
    incident,
  ]);
  return { kind: 'ended', resumed };
}

/** Nobody else resumes what the incident has paused: a step that fails for good, as after hours without the engine, is tried again later. */
async function waitingOn(step: () => Promise<Answer>): Promise<Answer> {
  try {
    return await step();
  } catch (error) {
    if (!failureReport(error) || isCancellation(error)) throw error;
    log.warn('A step of the recovery failed; it is tried again in 30 minutes.');
    return { kind: 'silent', nextProbeInMs: patienceMs };
  }
}
