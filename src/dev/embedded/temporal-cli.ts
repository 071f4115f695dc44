import type { TemporalCliOrigin } from './temporal-cli-origin.js';
import { randomUUID } from 'node:crypto';
import { access, chmod, constants, copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { OutflowError } from '../../activation/errors.js';
import { cacheFolder } from './cache-folder.js';
import type { Report } from './report.js';
import { runTool } from './run-tool.js';
import { compiledByGo } from './temporal-cli-compiled.js';
import { fromSdkDownload } from './temporal-cli-download.js';
import { fromWheel } from './temporal-cli-wheel.js';

export interface TemporalCli {
  path: string;
  /** As it calls itself: "1.9.1 (Server 1.32.0, UI 2.54.1)". */
  version: string;
}

const origins: TemporalCliOrigin[] = [fromSdkDownload, fromWheel, compiledByGo];

/** The first server that has all that runs need and that its UI shows. */
const oldestServer = { major: 1, minor: 29 };

/**
 * Finds Temporal's CLI, which holds the whole server: the one that OUTFLOW_TEMPORAL_CLI names; else a `temporal` on the
 * PATH with a server of 1.29 or newer; else the one of an earlier search, in the user's cache directory; else it is
 * fetched, which can take minutes.
 * @throws OutflowError ConfigInvalid if OUTFLOW_TEMPORAL_CLI names none, TemporalUnreachable if none can be had.
 */
export async function findTemporalCli(options: {
  report: Report;
  env?: NodeJS.ProcessEnv;
  origins?: TemporalCliOrigin[];
}): Promise<TemporalCli> {
  const { report, env = process.env } = options;
  const named = env['OUTFLOW_TEMPORAL_CLI'];
  if (named) return namedCli(named);

  const onPath = await firstOnPath(env['PATH'] ?? '');
  const cliOnPath = onPath && (await inspect(onPath));
  if (cliOnPath) return cliOnPath;

  const cached = join(await cacheFolder(env), `temporal-${process.platform}-${process.arch}`);
  return (await inspect(cached)) ?? (await fetchCli({ report, env, cached, origins: options.origins ?? origins }));
}

async function namedCli(path: string): Promise<TemporalCli> {
  const cli = await inspect(path);
  if (cli) return cli;
  throw new OutflowError(
    'ConfigInvalid',
    `OUTFLOW_TEMPORAL_CLI names ${path}, which is no Temporal CLI with a server of ${oldestServer.major}.${oldestServer.minor} or newer.`,
    'Let it name one (temporal --version tells), or unset it: then one is found or fetched.',
  );
}

async function firstOnPath(path: string): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const candidate = join(folder, name);
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // not in this one
    }
  }
  return undefined;
}

/** The CLI at `path`, or undefined if there is none or its server is too old. */
async function inspect(path: string): Promise<TemporalCli | undefined> {
  const text = await runTool({ command: path, args: ['--version'], env: process.env, timeoutMs: 20_000 }).catch(
    () => '',
  );
  const match = /temporal version (.+ \(Server (\d+)\.(\d+)\..*\))/.exec(text);
  if (!match) return undefined;
  const [major, minor] = [Number(match[2]), Number(match[3])];
  const newEnough = major > oldestServer.major || (major === oldestServer.major && minor >= oldestServer.minor);
  return newEnough ? { path, version: match[1]! } : undefined;
}

async function fetchCli(options: {
  report: Report;
  env: NodeJS.ProcessEnv;
  cached: string;
  origins: TemporalCliOrigin[];
}): Promise<TemporalCli> {
  const { report, env, cached } = options;
  const folder = await mkdtemp(join(tmpdir(), 'outflow-temporal-'));
  const reasons: string[] = [];
  try {
    for (const origin of options.origins) {
      try {
        await placeInCache(await origin({ folder, env, report }), cached);
        const cli = await inspect(cached);
        if (!cli) throw new Error('the executable does not run here');
        report(`Temporal CLI ${cli.version} is now in ${cached}.`);
        return cli;
      } catch (error) {
        const reason = (error as Error).message;
        report(`Not this way: ${reason}.`);
        reasons.push(reason);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  throw new OutflowError(
    'TemporalUnreachable',
    `There is no Temporal CLI on this machine and none could be fetched: ${reasons.join('; ')}.`,
    "Install Temporal's CLI and put it on the PATH, or name it in OUTFLOW_TEMPORAL_CLI.",
  );
}

/** In one step: several processes may do it at once. */
async function placeInCache(executable: string, cached: string): Promise<void> {
  const unfinished = `${cached}.${randomUUID()}`;
  try {
    await copyFile(executable, unfinished);
    await chmod(unfinished, 0o755);
    await rename(unfinished, cached);
  } finally {
    await rm(unfinished, { force: true });
  }
}
