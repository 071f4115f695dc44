import { sourceTypeNamed } from './registry.js';
import type { OpenedDefinition, SourceConnections, SourceSession } from './source.js';

/** Connections that are kept for a while after a run, for the next one: making one takes longer than reading a small segment. */
export class KeptSources {
  private readonly opened = new Map<string, Promise<SourceConnections>>();

  /**
   * Does `work` on a connection that nobody else uses. It is kept if `work` succeeds and has read to the end what it began to
   * read. `signal` ends it. Throws what the source's type throws.
   */
  async withSession<T>(
    source: OpenableSource,
    signal: AbortSignal,
    work: (session: SourceSession) => Promise<T>,
  ): Promise<T> {
    return useSession(await this.open(source), signal, work);
  }

  /** Once nobody uses one. */
  async end(): Promise<void> {
    const opened = await Promise.allSettled(this.opened.values());
    await Promise.all(opened.map((each) => (each.status === 'fulfilled' ? each.value.close() : Promise.resolve())));
  }

  private open(source: OpenableSource): Promise<SourceConnections> {
    const key = JSON.stringify([source.name, source.type, source.settings]);
    let opened = this.opened.get(key);
    if (opened === undefined) {
      opened = openSource(source);
      this.opened.set(key, opened);
      opened.catch(() => this.opened.delete(key));
    }
    return opened;
  }
}

/** A source's definition with the values of its variables in place. */
export interface OpenableSource extends OpenedDefinition {
  type: string;
}

/** Does `work` on a new connection, which ends with it. */
export async function withNewSession<T>(
  source: OpenableSource,
  signal: AbortSignal,
  work: (session: SourceSession) => Promise<T>,
): Promise<T> {
  const connections = await openSource(source);
  try {
    return await useSession(connections, signal, work);
  } finally {
    await connections.close();
  }
}

async function openSource({ name, type, settings }: OpenableSource): Promise<SourceConnections> {
  const found = sourceTypeNamed(type);
  if (!found) throw new Error(`there is no type of source ${type}`);
  return found.open({ name, settings });
}

async function useSession<T>(
  connections: SourceConnections,
  signal: AbortSignal,
  work: (session: SourceSession) => Promise<T>,
): Promise<T> {
  const session = await connections.connect(signal);
  let succeeded = false;
  try {
    const result = await work(session);
    succeeded = true;
    return result;
  } finally {
    await session.release(succeeded);
  }
}
