import type pg from 'pg';
import type { ClaimedRun } from '../../engine/claim/claimed-run.js';
import { copyOut } from '../../copy/binary-copy.js';

/** Refusals of one contact that are not due: its rows in the table, and what was refused. */
interface Deferral {
  rejectionIds: number[];
  valuesHash: Buffer;
}

/**
 * Contacts that the destination has refused and that are not due to be sent again, unless their values have changed. In
 * memory: a run with more than a few refusals in a hundred contacts fails, so there are few.
 */
export class Deferrals {
  private readonly byIdentifier: ReadonlyMap<string, Deferral>;
  private readonly met: number[] = [];

  constructor(byIdentifier: ReadonlyMap<string, Deferral>) {
    this.byIdentifier = byIdentifier;
  }

  get isEmpty(): boolean {
    return this.byIdentifier.size === 0;
  }

  /** Whether the contact is to wait; `valuesHash` is asked for contacts that were refused only. `key`: its own bytes. */
  defers(key: Buffer, valuesHash: () => Buffer): boolean {
    const deferral = this.byIdentifier.get(key.toString('latin1'));
    if (!deferral?.valuesHash.equals(valuesHash())) return false;
    this.met.push(...deferral.rejectionIds);
    return true;
  }

  /** The rows of those that were told to wait. */
  get deferredIds(): readonly number[] {
    return this.met;
  }
}

/** Those of the run's activation at this moment; none in a full run, which sends everything. */
export async function loadDeferrals(client: pg.ClientBase, run: ClaimedRun): Promise<Deferrals> {
  const found = new Map<string, Deferral>();
  const query = `select r.rejection_id, r.identifier, r.values_hash from outflow.rejection r where r.activation_id = ${run.activationId} and r.due_at > statement_timestamp() and not exists (select from outflow.run where run_id = ${run.runId} and mode = 'full') order by r.rejection_id`;
  for await (const [id, identifier, valuesHash] of copyOut(client, query)) {
    const key = identifier!.toString('latin1');
    const rejectionId = Number(id!.readBigInt64BE());
    const earlier = found.get(key);
    if (earlier) earlier.rejectionIds.push(rejectionId);
    else found.set(key, { rejectionIds: [rejectionId], valuesHash: valuesHash! });
  }
  return new Deferrals(found);
}
