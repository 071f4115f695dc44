import type { KnownActivation } from '../../engine/definitions/activations.js';
import { knownActivation } from '../../operations/chosen-activations.js';
import { retryRejected } from '../../operations/rejections/retry.js';
import type { Session } from '../../operations/session.js';
import { print, printJson } from '../../terminal/output.js';
import { writeCsv } from '../text/rejections-csv.js';
import { rejectionsText, withReason } from '../text/rejections-text.js';
import { readRejections, unsent } from '../../operations/rejections/rejections.js';
import { withSession } from '../session.js';
import { plural } from '../../text/words.js';

export interface RejectionsOptions {
  file: string;
  /** Contacts, rows and values, each. Default 100; of CSV all. */
  limit?: number;
  showValues: boolean;
  reason?: string;
  retry: boolean;
  csv: boolean;
  json: boolean;
}

const LISTED = 100;

/**
 * `outflow rejections`: what is not at the destination, by reason, then contact by contact. With `--retry` the next run
 * sends what was rejected.
 */
export function rejectionsCommand(name: string, options: RejectionsOptions): Promise<number> {
  return withSession(options.file, async (session) => {
    const { engine } = session;
    const activation = await knownActivation(session, name);
    if (options.retry) {
      await retry(session, activation, options);
    } else if (options.csv) {
      await writeCsv(unsent(engine, activation, options), options.limit ?? Infinity, process.stdout);
    } else {
      const report = await readRejections(engine, activation, { limit: LISTED, ...options });
      if (options.json) printJson(report);
      else print(rejectionsText(report, options.reason));
    }
    return 0;
  });
}

async function retry(session: Session, activation: KnownActivation, options: RejectionsOptions): Promise<void> {
  const { name } = activation;
  const contacts = await retryRejected(session, activation, options.reason);
  if (options.json) printJson({ activation: name, retried: contacts });
  else if (contacts === 0) print(`No contact of activation ${name} is rejected${withReason(options.reason)}.`);
  else print(`${plural(contacts, 'contact is', 'contacts are')} sent again by the next run of ${name}.`);
}
