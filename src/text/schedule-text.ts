import type { ScheduleRule } from '../activation/definitions.js';
import { duration } from './words.js';

/** `daily at 07:00 Europe/Paris`; several rules are joined. */
export function scheduleText(rules: ScheduleRule[]): string {
  return rules.length === 0 ? 'by hand' : rules.map(ruleText).join(', and ');
}

function ruleText(rule: ScheduleRule): string {
  switch (rule.kind) {
    case 'every':
      return `every ${duration(rule.everyMs)}`;
    case 'daily':
      return `daily at ${rule.at} ${rule.timezone}`;
    case 'weekly':
      return `${rule.on.join(', ')} at ${rule.at} ${rule.timezone}`;
    case 'cron':
      return `cron ${rule.cron} ${rule.timezone}`;
  }
}
