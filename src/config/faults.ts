import { OutflowError } from '../activation/errors.js';

/** One thing to correct in a file of definitions. Its texts never hold a secret. */
export interface Fault {
  /** As the caller named it. */
  file: string;
  /** Counted from 1. */
  line: number;
  /** For example `activations.loyalty.schedule.every`; empty for the file as a whole. */
  path: string;
  /** Completes the path: `must be a duration`. */
  message: string;
  /** What to write instead: a sentence. */
  remedy: string;
}

/** The definitions cannot be used: all faults of the file at once, in the order of its lines. */
export class ConfigError extends OutflowError {
  readonly faults: Fault[];

  constructor(file: string, faults: Fault[]) {
    const sorted = faults.toSorted((a, b) => a.line - b.line);
    const count = sorted.length === 1 ? '1 fault' : `${sorted.length} faults`;
    super(
      'ConfigInvalid',
      [`${file} has ${count}:`, ...sorted.map(faultText)].join('\n'),
      'Correct the file and run the command again.',
    );
    this.faults = sorted;
  }
}

/** `outflow.yaml:12 activations.loyalty.schedule.every: must be a duration. Write ...` */
function faultText({ file, line, path, message, remedy }: Fault): string {
  return `${file}:${line} ${path === '' ? '' : `${path}: `}${message}. ${remedy}`;
}

export type PathStep = string | number;

/** `activations.loyalty.attributes[2]`; a key that is no plain word stands in quotes: `attributes["e-mail (home)"]`. */
export function pathText(path: readonly PathStep[]): string {
  return path
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`;
      return /^[\w$-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
    })
    .join('')
    .replace(/^\./, '');
}
