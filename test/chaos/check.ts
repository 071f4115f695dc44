import { isDeepStrictEqual } from 'node:util';
import { unescapeField } from '../../src/lines/format.js';
import { listActivations } from '../../src/engine/definitions/activations.js';
import { lastLayout } from '../../src/engine/runs/last-layout.js';
import { readSnapshot } from '../../src/snapshot/store/effective.js';
import { openSnapshot } from '../../src/snapshot/store/snapshot.js';
import { activations, type ActivationName, activationNames, attributesOf } from './activations.js';
import { apps, type Values } from './batch.js';
import type { Ground } from './ground.js';

/** What is not as it must be once everything is calm. */
export interface Findings {
  /** Attributes of contacts at one app that are not what the segment says, although nothing says that they are owed. */
  lost: string[];
  /** Attributes that are owed because Batch refused their contact. */
  rejected: string[];
  /** Everything else that should not be: a snapshot that says more or less, runs and claims and chunks left over. */
  left: string[];
}

/** Compares Batch, the segments and the snapshots, and looks for what is left over. */
export async function check(ground: Ground): Promise<Findings> {
  await ground.batch.settle();
  const findings: Findings = { lost: [], rejected: [], left: await leftOver(ground) };
  const contacts = await Promise.all(apps.map((app) => ground.batch.contacts(app)));
  for (const name of activationNames) {
    const attributes = attributesOf(name, ground.mappings);
    const expected = await segmentOf(ground, name);
    const snapshot = await snapshotOf(ground, name);
    const rejected = await rejectedOf(ground, name);
    const extra = [...snapshot.keys()].filter((id) => !expected.has(id));
    if (extra.length > 0)
      findings.left.push(`${name}: the snapshot has ${extra.length} contacts that the segment has not`);
    for (const [id, values] of expected) {
      for (const { attribute, key } of attributes) {
        const settled = snapshot.get(id)?.[attribute];
        apps.forEach((app, i) => {
          const held = contacts[i]!.get(id)?.[key];
          const place = `${name}: ${attribute} of ${id} at ${app}`;
          const isHeld = isDeepStrictEqual(held, values[key]);
          const isRejected = rejected.has(`${id} ${app}`);
          if (!isHeld && isRejected) findings.rejected.push(place);
          else if (!isHeld)
            findings.lost.push(
              `${place} is ${text(held)}, must be ${text(values[key])}, the snapshot says ${text(settled)}`,
            );
          else if (!isDeepStrictEqual(settled, held) && !isRejected)
            findings.left.push(`${place} is ${text(held)}, and the snapshot says ${text(settled)}`);
        });
      }
    }
  }
  return findings;
}

function text(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'symbol' ? 'owed' : JSON.stringify(value);
}

const owed = Symbol('owed');

/** What Batch must hold of each contact, by key: in SQL that shares nothing with the program. */
async function segmentOf(ground: Ground, name: ActivationName): Promise<Map<string, Values>> {
  const { identifier, where } = activations[name];
  const pairs = attributesOf(name, ground.mappings).map(({ key, expected }) => `'${key}', ${expected}`);
  const { rows } = await ground.sourcePool.query<{ id: string; values: Values }>(
    `select ${identifier} as id, jsonb_strip_nulls(jsonb_build_object(${pairs.join(', ')})) as values
     from contact where ${where}`,
  );
  return new Map(rows.map(({ id, values }) => [id, values]));
}

/** What the snapshot says of each contact, by attribute, as Batch would hold it. */
async function snapshotOf(ground: Ground, name: ActivationName): Promise<Map<string, Values>> {
  const activationId = await idOf(ground, name);
  const layout = (await lastLayout(ground.engine.db, activationId))!;
  const attributes = layout.columns.map(({ attribute }) =>
    attributesOf(name, ground.mappings).find((each) => each.attribute === attribute)!,
  );
  const view = await openSnapshot(ground.engine, { activationId, runId: 0 }, 'this run too');
  const pieces: Buffer[] = [];
  try {
    for await (const piece of readSnapshot(view.parts(), layout)) pieces.push(piece);
  } finally {
    view.close();
  }
  const lines = Buffer.concat(pieces).toString().split('\n').slice(0, -1);
  return new Map(
    lines.map((line) => {
      const [id = '', ...fields] = line.split('\t');
      const values = fields.map((field, i): [string, unknown] => {
        const { attribute, fromText } = attributes[i]!;
        if (field === '\\U') return [attribute, owed];
        const value = unescapeField(field);
        return [attribute, value === null ? undefined : fromText(value, layout.columns[i]!.type)];
      });
      return [id, Object.fromEntries(values)];
    }),
  );
}

async function rejectedOf(ground: Ground, name: ActivationName): Promise<Set<string>> {
  const rows = await ground.stored<{ id: string; app: string }>(
    `select convert_from(identifier, 'UTF8') as id, target as app from outflow.rejection where activation_id = ?`,
    await idOf(ground, name),
  );
  return new Set(rows.map(({ id, app }) => `${id} ${app}`));
}

async function idOf(ground: Ground, name: ActivationName): Promise<number> {
  return (await listActivations(ground.engine.db)).find((each) => each.name === name)!.activationId;
}

/** Chunks that a run has acknowledged although it was over: it could not know what had happened since. */
export async function lateAcknowledgements(ground: Ground): Promise<string[]> {
  const rows = await ground.stored<{ chunk: string }>(
    `select 'chunk ' || c.seq || ' of run ' || c.run_id as chunk
     from outflow.change_chunk c join outflow.run r using (run_id)
     where c.kind = 'send' and c.acked_at > r.finished_at`,
  );
  return rows.map(({ chunk }) => `${chunk} was acknowledged after the run had ended`);
}

/** Of runs that are all over nothing is left but what is acknowledged, and what may have arrived. */
async function leftOver(ground: Ground): Promise<string[]> {
  const counts: Record<string, string> = {
    'claims are held': 'outflow.claim where run_id is not null',
    'runs are open': `outflow.run where outcome is null`,
    'chunks are neither acknowledged nor in doubt': 'outflow.change_chunk where acked_at is null and not sending',
    'chunks were never published': `outflow.change_chunk c where not exists
      (select from outflow.run_diff d where d.run_id = c.run_id and d.diff_attempt = c.diff_attempt)`,
    'incidents are open': 'outflow.incident where closed_at is null',
    'activations are paused': 'outflow.activation where paused_at is not null',
  };
  const left: string[] = [];
  for (const [what, from] of Object.entries(counts)) {
    const [counted] = await ground.stored<{ count: number }>(`select count(*) from ${from}`);
    if (counted!.count > 0) left.push(`${counted!.count} ${what}`);
  }
  return left;
}
