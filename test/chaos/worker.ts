import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServerProcess, spawnServer } from '../../src/dev/embedded/server-process.js';
import { READY_LINE } from '../../src/worker/ready-line.js';
import { comesAbout } from './patience.js';

const servesWithinMs = 120_000;
const startedAgainAfterMs = 500;
const serverIsAway = 'cannot be reached';

/** `outflow worker` as a process. One that ends by itself is started again, and counted. */
export class Worker {
  readonly name: string;
  private readonly dist: string;
  private readonly folder: string;
  private readonly environment: Record<string, string>;
  private process: ServerProcess | undefined;
  private isFrozen = false;
  /** What it said before each end that nobody had asked for, but those in its start because a server was away. */
  readonly endedByItself: string[] = [];

  constructor(name: string, dist: string, folder: string, environment: Record<string, string>) {
    this.name = name;
    this.dist = dist;
    this.folder = folder;
    this.environment = environment;
  }

  /** Returns when the process is there; `serves` says when it works. Does nothing while it runs. */
  async start(): Promise<void> {
    if (this.process) return;
    const started = await spawnServer({
      command: process.execPath,
      args: [join(this.dist, 'cli', 'main.js'), 'worker'],
      logFile: join(this.folder, `${this.name}.log`),
      signalWhenOrphaned: 'TERM',
      env: { HOME: this.folder, ...this.environment },
    });
    this.process = started;
    void started.exited.then(async () => {
      if (this.process !== started) return;
      this.process = undefined;
      const words = lastWords(await started.output());
      if (!words.includes(serverIsAway)) this.endedByItself.push(words);
      await sleep(startedAgainAfterMs);
      await this.start();
    });
  }

  /** Whether it has begun to take work within two minutes. */
  async serves(): Promise<boolean> {
    return comesAbout(async () => (await this.process?.output())?.includes(READY_LINE) === true, servesWithinMs, 100);
  }

  /** SIGKILL */
  async kill(): Promise<void> {
    const killed = this.process;
    this.process = undefined;
    this.isFrozen = false;
    await killed?.kill();
  }

  /** SIGSTOP */
  freeze(): void {
    if (!this.process) return;
    process.kill(this.process.pid, 'SIGSTOP');
    this.isFrozen = true;
  }

  /** SIGCONT */
  thaw(): void {
    if (this.process && this.isFrozen) process.kill(this.process.pid, 'SIGCONT');
    this.isFrozen = false;
  }
}

/** What stands after the last line of the log proper, which is JSON. */
function lastWords(output: string): string {
  const lines = output.trimEnd().split('\n');
  const words = lines.slice(lines.findLastIndex((line) => line.startsWith('{')) + 1);
  return (words.length > 0 ? words : lines.slice(-1)).slice(0, 12).join(' | ');
}
