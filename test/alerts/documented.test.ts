import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AlertMessage } from '../../src/activation/alert-message.js';
import { defaultAlertConditions } from '../../src/activation/alerts.js';
import { alertSummary } from '../../src/alerts/alert-text.js';
import { sendToWebhook } from '../../src/alerts/channels/webhook.js';
import { codeBlocks, page } from '../docs/markdown.js';
import { Receiver } from './receiver.js';

const alerts = page('docs/alerts.md');
const example = JSON.parse(codeBlocks(alerts, 'json')[0]!) as AlertMessage;
const secret = 'a secret of the test';

test('the documented message says what such a message says', () => {
  expect(example.summary).toBe(alertSummary(example, defaultAlertConditions));
});

test('the documented check of a signature in Node accepts what Outflow sends and nothing else', async () => {
  const { headers, body } = await delivered();
  const file = await written('verify.mjs', codeBlocks(alerts, 'js')[0]!);
  const { isFromOutflow } = (await import(file)) as {
    isFromOutflow: (headers: object, body: string, secret: string) => boolean;
  };
  expect(isFromOutflow(headers, body, secret)).toBe(true);
  expect(isFromOutflow(headers, `${body} `, secret)).toBe(false);
  expect(isFromOutflow(headers, body, 'another')).toBe(false);
  expect(isFromOutflow({ ...headers, 'x-outflow-signature': 'sha256=' }, body, secret)).toBe(false);
  expect(isFromOutflow(sentAgo(body, 3_600), body, secret)).toBe(false);
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

test.skipIf(!hasPython)('so does the one in Python', async () => {
  const { headers, body } = await delivered();
  const file = await written(
    'verify.py',
    `${codeBlocks(alerts, 'python')[0]!}
import json, sys
for headers, body, secret in json.load(sys.stdin):
    print(is_from_outflow(headers, body.encode(), secret))
`,
  );
  const input = JSON.stringify([
    [headers, body, secret],
    [headers, `${body} `, secret],
    [headers, body, 'another'],
    [sentAgo(body, 3_600), body, secret],
  ]);
  const printed = execFileSync('python3', [file], { input, encoding: 'utf8' });
  expect(printed.trim().split('\n')).toEqual(['True', 'False', 'False', 'False']);
});

/** A request as a receiver has it. */
async function delivered() {
  const receiver = await Receiver.start();
  await sendToWebhook({ url: receiver.url, secret }, example, { values: new Map(), lookedIn: 'the environment' });
  return receiver.received[0]!;
}

/** Headers of a request that was signed so many seconds ago. */
function sentAgo(body: string, seconds: number) {
  const timestamp = String(Math.floor(Date.now() / 1000) - seconds);
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return { 'x-outflow-timestamp': timestamp, 'x-outflow-signature': `sha256=${signature}` };
}

async function written(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'outflow-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}
