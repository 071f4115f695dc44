import type { OpenedRun } from './carried-run.js';
import type { RunView } from './run-view.js';
import type { ChunkSender } from './send-chunks.js';

/** What the steps of one run share. */
export interface RunUnderWay {
  opened: OpenedRun;
  view: RunView;
  sender: ChunkSender;
  /** To be called whenever the view has changed. */
  changed: () => void;
}
