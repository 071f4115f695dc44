import type { z } from 'zod';
import { nearestName } from '../activation/nearest-name.js';
import type { PathStep } from './faults.js';

/** A fault before its line is known. */
export interface Finding {
  path: PathStep[];
  message: string;
  remedy: string;
}

type Issue = z.core.$ZodIssue;

/** What zod's issues say, as findings: one for each unknown key, and of a union those of the form that was meant. */
export function findingsOf(issues: Issue[], under: PathStep[]): Finding[] {
  const findings = issues.flatMap((issue) => findingsOfIssue(issue, [...under, ...(issue.path as PathStep[])]));
  // A number can break several rules that say the same.
  return findings.filter((finding, i) => !findings.slice(0, i).some((earlier) => sameFinding(earlier, finding)));
}

function findingsOfIssue(issue: Issue, path: PathStep[]): Finding[] {
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.split('\n');
    return issue.keys.map((key) => unknownKey([...path, key], known));
  }
  if (issue.code === 'invalid_key') return findingsOf(issue.issues, path);
  if (issue.code !== 'invalid_union') return [finding(path, issue.message)];
  const meant = issue.errors.find((form) => !form.some((each) => each.path.length === 0 && isOfOtherForm(each)));
  return meant ? findingsOf(meant, path) : [finding(path, issue.message)];
}

function isOfOtherForm({ code }: Issue): boolean {
  return code === 'invalid_type' || code === 'invalid_value';
}

/** A key that is not among the known ones; `path` ends with it. */
export function unknownKey(path: PathStep[], known: string[]): Finding {
  return { path, message: 'is not known here', remedy: proposal(String(path.at(-1)), known) };
}

/** `Did you mean every?`, or all that is known when nothing is near. */
export function proposal(name: string, known: string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? `Known here: ${known.join(', ') || 'nothing yet'}.` : `Did you mean ${nearest}?`;
}

function finding(path: PathStep[], text: string): Finding {
  const [message = '', remedy = ''] = text.split('\n');
  return { path, message, remedy };
}

function sameFinding(a: Finding, b: Finding): boolean {
  return a.message === b.message && a.path.join('\0') === b.path.join('\0');
}
