import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

import { afterEach, expect, test } from 'vitest';

const config = { restKey: 'rest-key', apps: { IOS: { contacts: ['ada'] } } };
const started: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function start(...args: string[]): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/dev/stand-ins/batch-mep/main.ts', ...args]);
  started.push(child);
  return child;
}

async function urlOf(child: ChildProcessWithoutNullStreams): Promise<string> {
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return (JSON.parse(line) as { url: string }).url;
}

async function update(url: string): Promise<number> {
  const response = await fetch(`${url}/1.0/IOS/data/users/ada`, {
    method: 'POST',
    headers: { 'X-Authorization': 'rest-key' },
    body: JSON.stringify({ overwrite: false, values: { 'u.city': 'Paris' } }),
  });
  return response.status;
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'the program takes its config from stdin, says where it listens and ends on %s with 0',
  async (signal) => {
    const child = start('--config', '-', '--port', '0');
    child.stdin.end(JSON.stringify(config));
    const url = await urlOf(child);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await update(url)).toBe(202);
    const exit = once(child, 'exit');
    child.kill(signal);
    expect(await exit).toEqual([0, null]);
  },
);

test('the program takes its config from a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outflow-stand-in-'));
  try {
    await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, successStatus: 200 }));
    const child = start('--config', join(folder, 'config.json'));
    expect(await update(await urlOf(child))).toBe(200);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each<[string, string[], object | string, string]>([
  ['no config', [], {}, 'Usage: main.js --config'],
  ['an unknown option', ['--config', '-'], { ...config, delay: 5 }, 'config has no "delay"; it can have restKey'],
  ['a config that is not JSON', ['--config', '-'], '{"restKey": rest-key}', 'the config is not JSON\n'],
  ['no REST key', ['--config', '-'], { apps: {} }, 'config needs "restKey"'],
  ['a wrong fault', ['--config', '-'], { ...config, faults: { status: {} } }, 'faults.status needs "code"'],
  ['a port that is no number', ['--config', '-', '--port', 'x'], config, 'config.port must be a whole number'],
])('%s ends the program with 2 and says what is wrong', async (_what, args, written, message) => {
  const child = start(...args);
  child.stdin.end(typeof written === 'string' ? written : JSON.stringify(written));
  const exit = once(child, 'exit');
  expect(await text(child.stderr)).toContain(message);
  expect(await exit).toEqual([2, null]);
});
