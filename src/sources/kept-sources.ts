import { asConnectError } from './postgres/source-errors.js';
import { openSourcePool, type SourcePool } from './postgres/source-pool.js';
import { sourceOn, type Source } from './postgres/source.js';

/** Connections that are kept for a while after a run, for the next one: making one takes longer than reading a small segment. */
export class KeptSources {
  private readonly pools = new Map<string, SourcePool>();

  /**
   * Does `work` on a connection that nobody else uses, as good as a new one. It is kept if `work` succeeds and has read to the
   * end what it began to read. Throws as openSource.
   */
  async withSource<T>(name: string, url: string, work: (source: Source) => Promise<T>): Promise<T> {
    const pool = this.poolOf(url);
    const client = await pool.connect().catch((error: unknown) => {
      throw asConnectError(error, name, pool.where);
    });
    let succeeded = false;
    try {
      const result = await work(sourceOn(client, name));
      succeeded = true;
      return result;
    } finally {
      await pool.release(client, succeeded);
    }
  }

  /** Once nobody uses one. */
  async end(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.end()));
  }

  private poolOf(url: string): SourcePool {
    let pool = this.pools.get(url);
    if (pool === undefined) {
      pool = openSourcePool(url);
      this.pools.set(url, pool);
    }
    return pool;
  }
}
