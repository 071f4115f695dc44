import type { AlertIncident, AlertMessage, AlertRun } from '../activation/alert-message.js';
import type { AlertCondition, AlertConditions } from '../activation/alerts.js';
import type { RunResult } from '../activation/run.js';
import type { AlertFacts } from '../engine/alerts/alert-facts.js';
import type { AlertState } from '../engine/alerts/alert-states.js';
import { alertSummary } from './alert-text.js';

/** A message before it is written. */
type NewAlert = Omit<AlertMessage, 'id'>;

export interface Judgement extends AlertState {
  /** Changes since the last look, in order. */
  alerts: NewAlert[];
}

/** What of an activation is worth an alert now, and how that differs from the last look. */
export function judge(facts: AlertFacts, conditions: AlertConditions): Judgement {
  const ledger = new Ledger(facts, conditions);
  let { countedFrom } = facts;
  for (const run of facts.ended) {
    judgeEnded(ledger, run, conditions);
    if (isCompleted(run) && countedFrom !== null) countedFrom = endOf(run);
  }
  if (facts.openRun) judgeOpen(ledger, facts.openRun, facts, conditions);
  judgePause(ledger, facts);
  judgeSetBack(ledger, facts);
  countedFrom = judgeStaleness(ledger, facts, countedFrom, conditions);
  return { alerts: ledger.alerts, raised: ledger.raised, countedFrom };
}

/** What made the condition hold or end: at what time, and by which run or incident. */
interface Occasion {
  at: Date;
  run?: RunResult;
  incident?: AlertIncident;
}

/** The conditions of one activation: only changes of them make alerts. */
class Ledger {
  readonly alerts: NewAlert[] = [];
  readonly raised: Map<AlertCondition, Date>;
  private readonly activation: string;
  private readonly conditions: AlertConditions;

  constructor({ activation, raised }: AlertFacts, conditions: AlertConditions) {
    this.activation = activation;
    this.conditions = conditions;
    // One that was switched off ends without a word.
    this.raised = new Map([...raised].filter(([condition]) => isOn(condition, conditions)));
  }

  settle(condition: AlertCondition, holds: boolean, since: Date, occasion: Occasion): void {
    if (holds) this.raise(condition, since, occasion);
    else this.recover(condition, occasion);
  }

  raise(condition: AlertCondition, since: Date, occasion: Occasion): void {
    if (this.raised.has(condition) || !isOn(condition, this.conditions)) return;
    this.raised.set(condition, since);
    this.tell('raised', condition, since, occasion);
  }

  recover(condition: AlertCondition, occasion: Occasion): void {
    const since = this.raised.get(condition);
    if (since === undefined) return;
    this.raised.delete(condition);
    this.tell('recovered', condition, since, occasion);
  }

  private tell(event: AlertMessage['event'], condition: AlertCondition, since: Date, occasion: Occasion): void {
    const alert = {
      event,
      condition,
      activation: this.activation,
      since: since.toISOString(),
      at: occasion.at.toISOString(),
      ...(occasion.run && { run: runOf(occasion.run) }),
      ...(occasion.incident && { incident: occasion.incident }),
    };
    this.alerts.push({ ...alert, summary: alertSummary(alert, this.conditions) });
  }
}

function judgeEnded(ledger: Ledger, run: RunResult, conditions: AlertConditions): void {
  const at = endOf(run);
  const occasion = { at, run };
  ledger.recover('held', occasion);
  ledger.recover('longer_than', occasion);
  if (run.outcome === 'failed') ledger.raise('failed', at, occasion);
  if (!isCompleted(run)) return;
  const { read, rejected, deferred, invalid } = run.counts;
  ledger.recover('failed', occasion);
  ledger.recover('stale', occasion);
  ledger.settle('zero_rows', read === 0, at, occasion);
  ledger.settle('rejected_above', isAbove(rejected + deferred, read, conditions.rejectedAbovePercent), at, occasion);
  ledger.settle('invalid_above', isAbove(invalid, read, conditions.invalidAbovePercent), at, occasion);
}

function judgeOpen(ledger: Ledger, run: RunResult, { now, pause }: AlertFacts, conditions: AlertConditions): void {
  const { hold } = run;
  if (run.state === 'held' && hold && !hold.approved) ledger.raise('held', new Date(hold.since), { at: now, run });
  else ledger.recover('held', { at: hold?.approved ? new Date(hold.approved.at) : now, run });

  const isHeldUp = ['held', 'pausing', 'paused'].includes(run.state) || isByPerson(pause);
  if (isHeldUp || conditions.longerThanMs === null) return;
  const dueAt = new Date(Date.parse(run.startedAt) + conditions.longerThanMs);
  ledger.settle('longer_than', now > dueAt, dueAt, { at: now, run });
}

function judgePause(ledger: Ledger, { now, pause, raised }: AlertFacts): void {
  const incident = pause?.incident;
  const isAnother = incident && raised.get('paused')?.getTime() !== pause.since.getTime();
  if (!incident || isAnother) ledger.recover('paused', { at: now });
  if (incident) ledger.raise('paused', pause.since, { at: now, incident });
}

function judgeSetBack(ledger: Ledger, { now, setBackAt, raised }: AlertFacts): void {
  const isAnother = setBackAt && raised.get('set_back')?.getTime() !== setBackAt.getTime();
  if (!setBackAt || isAnother) ledger.recover('set_back', { at: now });
  if (setBackAt) ledger.raise('set_back', setBackAt, { at: now });
}

/** Returns from when on the next look counts. */
function judgeStaleness(
  ledger: Ledger,
  { now, pause }: AlertFacts,
  countedFrom: Date | null,
  { staleAfterMs }: AlertConditions,
): Date | null {
  // One that was stale before somebody paused it stays so until it completes a run.
  if (isByPerson(pause)) return ledger.raised.has('stale') ? countedFrom : null;
  const from = countedFrom ?? now;
  if (staleAfterMs !== null) {
    const dueAt = new Date(from.getTime() + staleAfterMs);
    ledger.settle('stale', now > dueAt, dueAt, { at: now });
  }
  return from;
}

function isOn(condition: AlertCondition, conditions: AlertConditions): boolean {
  switch (condition) {
    case 'failed':
    case 'held':
    case 'paused':
      return conditions[condition];
    case 'set_back':
      return conditions.setBack;
    case 'zero_rows':
      return conditions.zeroRows;
    case 'rejected_above':
      return conditions.rejectedAbovePercent !== null;
    case 'invalid_above':
      return conditions.invalidAbovePercent !== null;
    case 'longer_than':
      return conditions.longerThanMs !== null;
    case 'stale':
      return conditions.staleAfterMs !== null;
  }
}

function isByPerson(pause: AlertFacts['pause']): boolean {
  return pause !== undefined && pause.incident === undefined;
}

function isCompleted({ outcome }: RunResult): boolean {
  return outcome === 'completed' || outcome === 'completed_with_warnings';
}

function isAbove(rows: number, read: number, percent: number | null): boolean {
  return percent !== null && rows * 100 > read * percent;
}

/** Of a run that has ended. */
function endOf({ finishedAt }: RunResult): Date {
  return new Date(finishedAt!);
}

function runOf({ runId, outcome, counts, error, hold }: RunResult): AlertRun {
  return { runId, outcome, counts, ...(error && { error }), ...(hold && { hold }) };
}
