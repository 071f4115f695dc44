import type { WireField } from '../../copy/binary-rows.js';

/** Rows that may wait while others are stored. A diff of which a million rows are new is ahead of the server by one or two. */
const MOST_WAITING = 2;

/** A row of a table, as a COPY takes it. */
interface StoredRow {
  /** The table and its columns. */
  target: string;
  fields: WireField[];
  onStored: () => void;
}

/**
 * Stores rows in the order in which they come while the diff that finds them goes on. Those that have gathered meanwhile go
 * together. A failure is met by the next row, or by who waits for the end.
 */
export class StoreQueue {
  private readonly store: (target: string, rows: WireField[][]) => Promise<void>;
  private waiting: StoredRow[] = [];
  /** Of the rows that are on their way to the server, or the last that were. */
  private storing: Promise<void> = Promise.resolve();
  private state: 'idle' | 'storing' | 'failed' = 'idle';

  constructor(store: (target: string, rows: WireField[][]) => Promise<void>) {
    this.store = store;
  }

  /** Resolves when the row is stored or waits its turn; `onStored` is called when it is stored. */
  async add(target: string, fields: WireField[], onStored: () => void = () => undefined): Promise<void> {
    while (this.state === 'failed' || this.waiting.length === MOST_WAITING) await this.storing;
    this.waiting.push({ target, fields, onStored });
    if (this.state === 'idle') this.storeNext();
  }

  /** Resolves when all rows are stored. */
  async stored(): Promise<void> {
    while (this.state !== 'idle') await this.storing;
  }

  private storeNext(): void {
    const { target } = this.waiting[0]!;
    const others = this.waiting.findIndex((row) => row.target !== target);
    const rows = this.waiting.splice(0, others < 0 ? this.waiting.length : others);
    this.state = 'storing';
    this.storing = this.storeAll(target, rows);
    this.storing.catch(() => undefined);
  }

  private async storeAll(target: string, rows: readonly StoredRow[]): Promise<void> {
    try {
      await this.store(
        target,
        rows.map(({ fields }) => fields),
      );
      for (const { onStored } of rows) onStored();
    } catch (error) {
      this.state = 'failed';
      throw error;
    }
    this.state = 'idle';
    if (this.waiting.length > 0) this.storeNext();
  }
}
