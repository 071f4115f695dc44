import type { FoldSnapshotResult, RunRef } from '../activation/steps.js';
import { foldSnapshot as fold } from '../snapshot/store/fold.js';
import { publishedLayout } from '../snapshot/diff/diff-store.js';
import type { Dependencies } from './dependencies.js';
import { withHeartbeats } from './heartbeats.js';
import { pinnedRun } from './pinned-run.js';
import { openDestination } from '../destinations/registry.js';
import { storedRules } from '../destinations/stored-rules.js';

/** Writes the snapshot into new blocks when that is due. Called when every chunk of the run is acknowledged. */
export async function foldSnapshot({ engine }: Dependencies, run: RunRef): Promise<FoldSnapshotResult> {
  const { activation, destination } = await pinnedRun(engine, run);
  const layout = await publishedLayout(engine, run);
  const rules = storedRules(activation, openDestination(destination), layout);
  let blocks = 0;
  return withHeartbeats(
    () => blocks,
    () => fold(engine, run, layout, rules, () => blocks++),
  );
}
