import { errorReport, exitCodeOf, OutflowError, type ErrorReport } from '../activation/errors.js';
import { visibleLines } from '../text/visible.js';
import { colours, printJson, say } from '../terminal/output.js';

/** Shows what made a command fail, on stderr and with `--json` on stdout too. Returns the exit code. */
export function showFailure(error: unknown, json: boolean): number {
  const report = reportOf(error);
  if (json) printJson({ error: report });
  say(failureText(report));
  if (!(error instanceof OutflowError) && error instanceof Error && error.stack !== undefined) say(error.stack);
  return exitCodeOf(report.code);
}

/** The block that people read: what is wrong, then what to do about it. */
export function failureText({ message, remedy }: ErrorReport): string {
  const { red, bold } = colours(process.stderr);
  const [first = '', ...others] = visibleLines(message).split('\n');
  return [`${red('✗')} ${bold(first)}`, ...others, ...(remedy === '' ? [] : [visibleLines(remedy)])].join('\n  ');
}

function reportOf(error: unknown): ErrorReport {
  if (error instanceof OutflowError) return error.report();
  return errorReport(
    'Unexpected',
    'The command failed in a way that it does not know.',
    'Please report it with what follows.',
  );
}
