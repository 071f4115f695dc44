import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse as parseEnv } from 'dotenv';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { loadTemporalSettings } from '../../src/temporal/settings.js';
import { temporalAddress, temporalCli, temporalConnection } from '../support/stack.js';

interface Service {
  image?: string;
  build?: string;
  restart: string;
  depends_on?: Record<string, { condition: string }>;
  environment: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const composeText = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const { services, volumes } = parse(composeText) as { services: Record<string, Service>; volumes: object };
const all = Object.entries(services);
const worker = services['worker']!;

/** A service that ends when it has done its work. */
function isJob({ restart }: Service): boolean {
  return restart.startsWith('on-failure');
}

test('every image is pinned to a version, and only the worker is built here', () => {
  const images = all.flatMap(([, { image }]) => image ?? []);
  for (const image of images) expect(image).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
  expect(all.filter(([, { build }]) => build !== undefined).map(([name]) => name)).toEqual(['worker']);
});

test('every service that stays up has a health check, and every job is waited for until it has succeeded', () => {
  const waitedFor = new Map(all.flatMap(([, { depends_on }]) => Object.entries(depends_on ?? {})));
  for (const [name, service] of all) {
    if (isJob(service)) expect(waitedFor.get(name), name).toEqual({ condition: 'service_completed_successfully' });
    else expect(service.healthcheck?.test, name).not.toHaveLength(0);
  }
  for (const [name, { condition }] of waitedFor) {
    const expected = isJob(services[name]!) ? 'service_completed_successfully' : 'service_healthy';
    expect(condition, name).toBe(expected);
  }
});

test('ports are published on the loopback address only', () => {
  const ports = all.flatMap(([, service]) => service.ports ?? []);
  expect(ports.length).toBeGreaterThan(0);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
});

test('every file that is mounted is there, and every named volume is declared', () => {
  const mounts = all.flatMap(([, service]) => service.volumes ?? []).map((mount) => mount.split(':')[0]!);
  for (const mount of mounts) {
    expect(mount.startsWith('./') ? existsSync(join(root, mount)) : mount in volumes, mount).toBe(true);
  }
});

test('.env.example has every variable that docker-compose.yml asks for', () => {
  const asked = Array.from(composeText.matchAll(/\$\{(\w+):\?/g), (match) => match[1]!);
  const offered = parseEnv(readFileSync(join(root, '.env.example')));
  expect(new Set(Object.keys(offered))).toEqual(new Set(asked));
});

test('the worker is given no variable but those that its code or outflow.yaml knows', () => {
  const names = Object.keys(worker.environment);
  const ours = ['OUTFLOW_DATABASE_URL'];
  for (const name of ours)
    expect(readFileSync(join(root, 'src/operations/connections.ts'), 'utf8')).toContain(`'${name}'`);

  const temporals = names.filter((name) => name.startsWith('TEMPORAL_'));
  expect(loadTemporalSettings(Object.entries(worker.environment))).toMatchObject({
    address: worker.environment['TEMPORAL_ADDRESS'],
    namespace: worker.environment['TEMPORAL_NAMESPACE'],
  });
  expect(temporals).toEqual(['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE']);

  const outflowYaml = readFileSync(join(root, 'outflow.yaml'), 'utf8');
  const referredTo = Array.from(outflowYaml.matchAll(/"\$\{(\w+)\}"/g), (match) => match[1]!);
  expect(new Set(names)).toEqual(new Set([...ours, ...temporals, ...referredTo]));
});

test('workflows can be started in the UI', () => {
  expect(services['temporal-ui']!.environment['TEMPORAL_START_WORKFLOW_DISABLED']).toBe('false');
});

test('the job that prepares Temporal makes the namespace and its search attributes, and can be repeated', async () => {
  const bin = await mkdtemp(join(tmpdir(), 'outflow-test-'));
  onTestFinished(() => rm(bin, { recursive: true }));
  await symlink(await temporalCli(), join(bin, 'temporal'));
  const namespace = `compose-${process.pid}`;
  const env = {
    PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: bin,
    TEMPORAL_ADDRESS: await temporalAddress(),
    TEMPORAL_NAMESPACE: namespace,
  };
  for (let round = 1; round <= 2; round++) {
    await promisify(execFile)('sh', [join(root, 'deploy/temporal/create-namespace.sh')], { env });
  }
  const connection = await temporalConnection();
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  await connection.close();
  expect(Object.keys(customAttributes)).toEqual(
    expect.arrayContaining(['OutflowActivation', 'OutflowOutcome', 'OutflowState']),
  );
});
