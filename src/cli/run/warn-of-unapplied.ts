import { compareWithApplied } from '../../operations/compare-with-applied.js';
import type { Session } from '../../operations/session.js';
import { warn } from '../../terminal/output.js';

/** Warns when runs use something else than what the file says. */
export async function warnOfUnapplied(session: Session): Promise<void> {
  const comparison = await compareWithApplied(session);
  if (comparison === 'different')
    warn(
      `${session.file} differs from what was applied, which is what runs use. \`outflow apply\` shows the difference.`,
    );
  else if (comparison === 'faulty')
    warn(`${session.file} has faults; runs use what was applied. \`outflow check\` shows the faults.`);
}
