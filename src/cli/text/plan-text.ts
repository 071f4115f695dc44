import type { Definitions } from '../../activation/definitions.js';
import type { ApplyCost } from '../../engine/definitions/compare-activation.js';
import type { ActivationChange, ApplyPlan } from '../../engine/definitions/plan-apply.js';
import type { ScheduleChange } from '../../temporal/schedules.js';
import { colours } from '../../terminal/output.js';
import { scheduleText } from '../../text/schedule-text.js';
import { table } from '../../terminal/table.js';
import { plural } from '../../text/words.js';

/** What an apply changes, as people read it before they agree. */
export function planText(plan: ApplyPlan, schedules: ScheduleChange[], definitions: Definitions): string {
  const { bold } = colours(process.stdout);
  const parts: string[] = [];
  if (plan.changes.length > 0) {
    const titles = ['activation', 'change', 'what its next run sends for it'].map((title) => ({ title }));
    parts.push(
      table(
        titles,
        plan.changes.map((change) => [change.name, changeText(change), costOf(change)]),
      ),
    );
  }
  if (schedules.length > 0) {
    const lines = schedules.map(({ kind, activation, edited }) => {
      const rules = definitions.activations[activation]?.schedule ?? [];
      const why = edited ? ` (changed in Temporal: ${edited.join(', ')})` : '';
      return `  ${kind} ${activation}${kind === 'delete' ? '' : `: ${scheduleText(rules)}`}${why}`;
    });
    parts.push([bold('schedules'), ...lines].join('\n'));
  }
  if (parts.length === 0) parts.push('No activation changes: a new version is stored.');
  return parts.join('\n\n');
}

function changeText(change: ActivationChange): string {
  switch (change.kind) {
    case 'added':
    case 'removed':
      return change.kind;
    case 'changed':
      return change.what.join('\n');
    case 'revived':
      return ['added again, with what it knew before', ...change.what].join('\n');
    case 'renamed':
      return [`renamed from ${change.previousName}`, ...change.what].join('\n');
  }
}

function costOf(change: ActivationChange): string {
  return change.kind === 'removed' ? 'its contacts stay as they are' : costText(change.cost);
}

function costText(cost: ApplyCost): string {
  switch (cost.kind) {
    case 'nothing':
      return 'nothing';
    case 'unknown':
      return unknownText(cost.because);
    case 'attributes': {
      const known = `${cost.attributes.join(', ')} of ${plural(cost.contacts, 'contact')}`;
      return cost.unknown === undefined ? known : `${known}; ${unknownText(cost.unknown)}`;
    }
    case 'everything':
      return `everything of ${cost.contacts === null ? 'every contact' : plural(cost.contacts, 'contact')} (${cost.because})`;
  }
}

function unknownText(because: string): string {
  return `what ${because} changes: not known before it runs`;
}
