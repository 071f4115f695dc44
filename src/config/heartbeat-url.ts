import { OutflowError } from '../activation/errors.js';
import type { Environment } from './environment.js';

const VARIABLE = 'OUTFLOW_HEARTBEAT_URL';

/**
 * What a worker that is well calls every minute, if anything: the URL in OUTFLOW_HEARTBEAT_URL, which may hold a secret.
 * Throws ConfigInvalid, without the value.
 */
export function heartbeatUrl({ values }: Environment): string | undefined {
  const text = values.get(VARIABLE);
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '') return text;
  throw new OutflowError(
    'ConfigInvalid',
    `${VARIABLE} is no http or https URL without user and password.`,
    'Copy the URL of the check from the service that watches for its calls.',
  );
}
