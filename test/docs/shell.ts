import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

interface LineOptions {
  cwd: string;
  env: Record<string, string>;
}

/** A line of a shell that goes on until it is ended. */
export interface StartedLine {
  /** Everything that it has written until now. */
  output(): string;
  /** SIGTERM, unless it has ended; resolves to its exit code. */
  end(): Promise<number | null>;
}

/** Runs a line as somebody types it; what it writes is returned. Rejects when its exit code is not 0. */
export async function runLine(line: string, options: LineOptions): Promise<string> {
  const { child, output } = spawnLine(line, options);
  await once(child, 'exit');
  if (child.exitCode !== 0) throw new Error(`${line}\nended with ${child.exitCode ?? 'a signal'}:\n${output()}`);
  return output();
}

/** Starts a line, and waits until it has written `upWhen`. Rejects when it ends before. */
export async function startLine(line: string, options: LineOptions & { upWhen: string }): Promise<StartedLine> {
  const { child, output } = spawnLine(`exec ${line}`, options);
  const exited = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    child.stdout!.on('data', () => output().includes(options.upWhen) && resolve());
    child.once('exit', () => reject(new Error(`${line}\nended by itself:\n${output()}`)));
  });
  return {
    output,
    async end() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
}

function spawnLine(line: string, { cwd, env }: LineOptions): { child: ChildProcess; output: () => string } {
  const child = spawn('sh', ['-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let written = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => (written += piece.toString()));
  }
  return { child, output: () => written };
}
