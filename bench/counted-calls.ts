import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What the counting server has seen. */
export interface CountedCalls {
  calls: number;
  /** Of these, those answered with 429. */
  refused: number;
  /** Of their bodies. */
  bytes: number;
  /** When the first one came, and when the last one was answered; only their difference means anything. */
  firstAtMs: number;
  lastAtMs: number;
}

export interface CountingServer {
  url: string;
  /** Since the last time it was asked. */
  counted(): Promise<CountedCalls>;
  end(): Promise<void>;
}

/** How it takes calls; as fast as they come if left out. */
export interface Pace {
  /** 429 for what exceeds a token bucket of two calls, refilled at that pace. */
  callsPerSecond?: number;
  answersAfterMs?: number;
}

/** Starts the counting server in a process of its own. */
export async function startCountingServer(pace: Pace = {}): Promise<CountingServer> {
  const program = fileURLToPath(new URL('./counting-server.ts', import.meta.url));
  const child = fork(program, [JSON.stringify(pace)], { execArgv: ['--import', 'tsx'] });
  const exited = once(child, 'exit');
  const listening = once(child, 'message').then(([told]: { url: string }[]) => told!.url);
  const url = await Promise.race([listening, exited.then(() => undefined)]);
  if (url === undefined) throw new Error('The counting server did not start: see above.');
  return {
    url,
    async counted() {
      const told = once(child, 'message');
      child.send('tell');
      return ((await told) as [CountedCalls])[0];
    },
    async end() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
