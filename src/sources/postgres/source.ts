import type pg from 'pg';
import { SourceClient, whereIs } from './source-client.js';
import { asConnectError, asSourceError, type SourcePhase, type Stated } from './source-errors.js';
import { readUrl } from './url.js';

/** A connection to a source: all that a run or a check does there happens on it. */
export interface Source {
  readonly name: string;
  readonly client: pg.Client;
  /** The failure in the words of the source's user; an unknown one as it is. `phase`: default `before rows`. */
  explain(error: unknown, phase?: SourcePhase, stated?: Stated): unknown;
  end(): Promise<void>;
}

/** A new connection. Throws SourceUnreachable or SourceRejectedLogin. The URL's password appears in no message. */
export async function openSource(name: string, url: string): Promise<Source> {
  const client = new SourceClient({ readConfig: () => readUrl(name, url) });
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw asConnectError(error, name, whereIs(client));
  }
  return sourceOn(client, name);
}

/** The source called `name` on a connection that is open. */
export function sourceOn(client: pg.Client, name: string): Source {
  const where = whereIs(client);
  return {
    name,
    client,
    explain: (error, phase = 'before rows', stated) => asSourceError(error, name, where, phase, stated),
    end: () => client.end(),
  };
}
