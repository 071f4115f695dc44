import { once } from 'node:events';

/** Ctrl-C, SIGTERM and SIGHUP, as something that every wait of the demo listens to. */
export interface Interruption {
  signal: AbortSignal;
  /** Resolves when it comes. */
  arrived(): Promise<void>;
  stopListening(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm passes a Ctrl-C on that the terminal has sent us too. */
const sameKeyMs = 1_000;

/** A second Ctrl-C ends this process at once; what it has started follows it. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const interrupt = (): void => {
    if (firstAt !== undefined && performance.now() - firstAt > sameKeyMs) process.exit(130);
    firstAt ??= performance.now();
    controller.abort(new Error('The demo was interrupted'));
  };
  for (const signal of signals) process.on(signal, interrupt);
  return {
    signal: controller.signal,
    arrived: async () => {
      if (!controller.signal.aborted) await once(controller.signal, 'abort');
    },
    stopListening: () => {
      for (const signal of signals) process.removeListener(signal, interrupt);
    },
  };
}
