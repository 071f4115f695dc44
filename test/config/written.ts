import { OutflowError } from '../../src/activation/errors.js';
import type { Definitions } from '../../src/activation/definitions.js';
import { parseDefinitions } from '../../src/config/parse-definitions.js';

interface Entries {
  source?: string;
  segment?: string;
  destination?: string;
  activation?: string;
  /** Lines under the one activation of the text. */
  more?: string;
}

/** A valid file with one entry a section, each on one line: 2, 4, 6 and 8. */
export function written(entries: Entries = {}): string {
  return `sources:
  warehouse: ${entries.source ?? '{ type: postgres, url: "${WAREHOUSE_URL}" }'}
segments:
  loyal: ${entries.segment ?? '{ source: warehouse, sql: select email from customers }'}
destinations:
  app: ${entries.destination ?? '{ type: batch-mep, restKey: "${REST}", apiKeys: { ios: "${IOS}" } }'}
activations:
  loyalty: ${entries.activation ?? activation('')}
${entries.more ?? ''}`;
}

/** The one activation's entry with more settings: `, schedule: { every: 15m }`. */
export function activation(settings: string, attributes = '[first_name]'): string {
  return `{ segment: loyal, destination: app, identifier: email, attributes: ${attributes}${settings} }`;
}

export function parsed(text: string): Definitions {
  return parseDefinitions('outflow.yaml', text).definitions;
}

/** The message of the error that the text gives. */
export function faultsOf(text: string): string {
  return errorOf(() => parseDefinitions('outflow.yaml', text)).message;
}

export function errorOf(act: () => unknown): OutflowError {
  try {
    act();
  } catch (error) {
    if (error instanceof OutflowError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
