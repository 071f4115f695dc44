import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

import { parseOptions, type StandInOptions } from './options.js';
import { startBatchStandIn } from './server.js';

const usage = `Usage: main.js --config <file.json, or - for stdin> [--port <port>]

Stands in for Batch's custom data API. The config is JSON: {"restKey": "...", "apps": {"<API key>": {"contacts": []}}}.
Prints {"url": "..."} on one line when it listens, and ends on SIGTERM or SIGINT.`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, port: { type: 'string' } } });
  if (values.config === undefined) throw new Error(usage);
  const standIn = await startBatchStandIn(await readOptions(values.config, values.port));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void standIn.close());
  process.stdout.write(`${JSON.stringify({ url: standIn.url })}\n`);
}

async function readOptions(config: string, port: string | undefined): Promise<StandInOptions> {
  const written = config === '-' ? await text(process.stdin) : await readFile(config, 'utf8');
  const options = parseOptions(parseJson(written));
  return port === undefined ? options : parseOptions({ ...options, port: Number(port) });
}

/** JSON.parse's own error quotes the text, and the text holds the REST key. */
function parseJson(written: string): unknown {
  try {
    return JSON.parse(written) as unknown;
  } catch {
    throw new Error('the config is not JSON');
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
