import { keepPorts, keptPorts } from './embedded/kept-ports.js';
import { startBatchStandIn } from './stand-ins/batch-mep/server.js';

/** A Batch for trials, on this machine. */
export interface TrialStandIn {
  /** Where it is and what it takes, as the definitions of the README name them. */
  variables: Record<string, string>;
  stop(): Promise<void>;
}

const restKey = 'stand-in-rest-key';
const apps = { ios: 'stand-in-ios-key', android: 'stand-in-android-key' };

/**
 * Starts the stand-in for Batch with two apps that know every contact. What they were sent is gone when it ends. It listens
 * where the one of this folder did before.
 */
export async function startTrialStandIn(folder: string): Promise<TrialStandIn> {
  const { standIn: port = 0 } = await keptPorts(folder);
  const standIn = await startBatchStandIn({
    port,
    restKey,
    apps: { [apps.ios]: {}, [apps.android]: {} },
    keepUnknown: true,
  });
  await keepPorts(folder, { standIn: standIn.port });
  return {
    variables: {
      BATCH_URL: standIn.url,
      BATCH_REST_KEY: restKey,
      BATCH_IOS_KEY: apps.ios,
      BATCH_ANDROID_KEY: apps.android,
    },
    stop: () => standIn.close(),
  };
}
