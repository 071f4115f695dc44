import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Makes dist/ where it is missing or older than the sources: tests run the built commands, workers and workflows.
 * @returns the path of dist/
 */
export async function buildIfStale(): Promise<string> {
  const dist = join(root, 'dist');
  const builtAt = await modifiedAt(join(dist, 'workflow-bundle.js'));
  if (builtAt === undefined || builtAt < (await newestIn(join(root, 'src')))) {
    await promisify(execFile)(process.execPath, [join(root, 'scripts', 'build.js')], { cwd: root }).catch(
      (error: unknown) => {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        throw new Error(`dist/ cannot be built; see what "npm run build" says:\n${stdout}${stderr}`);
      },
    );
  }
  return dist;
}

async function modifiedAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

async function newestIn(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true });
  const times = await Promise.all(files.map((file) => modifiedAt(join(folder, file))));
  return Math.max(0, ...times.map((time) => time ?? 0));
}
