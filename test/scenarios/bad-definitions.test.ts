import { beforeAll, expect, test } from 'vitest';
import type { RunResult } from '../../src/activation/run.js';
import { resumeActivation } from '../../src/engine/definitions/activations.js';
import { counts } from './support/counts.js';
import { openingError } from './support/ended-result.js';
import { email } from './support/planted.js';
import type { ActivationSpec } from './support/scenario-definitions.js';
import { startScenario } from './support/start-scenario.js';
import { startTcpProxy } from './support/tcp-proxy.js';

const scenario = await startScenario();
const { source, destination, client } = scenario;

const inStep = 'select email, tier as "u.tier" from loyalty';
const good: ActivationSpec = { attributes: ['tier'] };

beforeAll(async () => {
  await source.query('create table loyalty (email text, tier text, visits int, document jsonb, photo bytea)');
  await source.query('create schema private; create table private.secrets (email text)');
  await source.query(`insert into loyalty values ('${email(1)}', 'planted'), ('${email(2)}', 'planted')`);
  await scenario.define({ loyalty: good });
  await scenario.startWorker();
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'completed', counts: { accepted: 2 } });
});

/** Runs the activation as `spec` has it, which fails and sends nothing; after that, as it was: nothing is lost, nothing sent. */
async function failedRun(spec: Partial<ActivationSpec>): Promise<RunResult> {
  const before = (await destination.requests()).length;
  await scenario.define({ loyalty: { ...good, ...spec } });
  const result = await scenario.run('loyalty');
  expect(result).toMatchObject({ outcome: 'failed', state: 'closed', requests: 0 });
  expect(await destination.requests()).toHaveLength(before);
  await scenario.define({ loyalty: good });
  await resumeActivation(scenario.engine, 'loyalty'); // paused automatically, where the definitions were to blame
  const next = await scenario.run('loyalty');
  expect(next).toMatchObject({ outcome: 'completed', counts: { read: 2, unsent: 0 } });
  expect(next.counts.unchanged).toBe(2);
  expect(await scenario.notInStep(inStep)).toEqual([]);
  return result;
}

test.each<[string, Partial<ActivationSpec>, { code: string; message: string; remedy: string }]>([
  [
    'an attribute of a column that the segment does not have',
    { attributes: [{ attribute: 'tier', field: 'teir' }] },
    {
      code: 'SegmentInvalid',
      message: 'Segment loyalty has no column "teir" (attribute tier).',
      remedy: 'Did you mean "tier"?',
    },
  ],
  [
    'an identifier that the segment does not have',
    { identifier: 'customer_number' },
    {
      code: 'SegmentInvalid',
      message: 'Segment loyalty has no column "customer_number" (identifier).',
      remedy: 'Its columns are email, tier, visits, document, photo.',
    },
  ],
  [
    'a jsonb column',
    { attributes: ['document'] },
    {
      code: 'SegmentInvalid',
      message: 'Column "document" is of type jsonb, which cannot be sent to Batch.',
      remedy: "Convert it in the segment, for example: document->>'key', or document::text.",
    },
  ],
  [
    'a bytea column',
    { attributes: ['photo'] },
    {
      code: 'SegmentInvalid',
      message: 'Column "photo" is of type bytea, which cannot be sent to Batch.',
      remedy: "Convert it in the segment, for example: encode(photo, 'hex').",
    },
  ],
  [
    'a column of a type that is not the one declared',
    { attributes: [{ attribute: 'visits', type: 'date' }] },
    {
      code: 'SegmentInvalid',
      message: 'Column "visits" is of type integer, which cannot be sent as date (attribute "visits").',
      remedy: 'Convert it in the segment, for example: to_timestamp(visits); or declare another type.',
    },
  ],
  [
    'SQL with a syntax error',
    { sql: 'select email, tier form loyalty' },
    {
      code: 'SourceRejectedQuery',
      message:
        'Source source_url refuses the query of segment loyalty: syntax error at or near "loyalty" (SQLSTATE 42601), at line 1, column 25.',
      remedy: 'Correct the segment: try its SQL in psql as the same user.',
    },
  ],
  [
    'a table that does not exist',
    { sql: 'select * from loyalti' },
    {
      code: 'SourceRejectedQuery',
      message:
        'Source source_url refuses the query of segment loyalty: relation "loyalti" does not exist (SQLSTATE 42P01), at line 1, column 15.',
      remedy: 'Correct the segment: try its SQL in psql as the same user.',
    },
  ],
  [
    'a login that the source refuses',
    { sourceVariable: 'WRONG_PASSWORD_URL' },
    {
      code: 'SourceRejectedLogin',
      message: expect.stringMatching(
        /^Source wrong_password_url refuses the login at 127\.0\.0\.1:\d+\/test_\w+: password authentication failed for user "reader_\w+" \(SQLSTATE 28P01\)\.$/,
      ) as string,
      remedy: 'Correct the user, the password or the database in the URL of source wrong_password_url.',
    },
  ],
  [
    'a variable that the worker does not have',
    { sourceVariable: 'FORGOTTEN_URL' },
    {
      code: 'SecretMissing',
      message: expect.stringMatching(/^Source forgotten_url needs FORGOTTEN_URL, not set in the environment/) as string,
      remedy: 'Set it there; an empty value counts as not set.',
    },
  ],
])('a run of %s fails with a message that says so, sends nothing and loses nothing', async (_, spec, error) => {
  expect((await failedRun(spec)).error).toMatchObject(error);
});

test('all faults of a mapping are told at once', async () => {
  const { error } = await failedRun({ attributes: ['document', 'teir'], identifier: 'mail' });
  expect(error?.code).toBe('SegmentInvalid');
  expect(error?.message.split('\n').slice(1)).toEqual([
    '- Segment loyalty has no column "mail" (identifier). Did you mean "email"?',
    expect.stringContaining('Column "document" is of type jsonb'),
    expect.stringContaining('no column "teir"'),
  ]);
});

test.each([
  ['two statements', 'select email, tier from loyalty; select 1', /SQLSTATE 42601/],
  ['a statement that writes', `insert into loyalty values ('x') returning email, tier`, /SQLSTATE \w{5}/],
  ['no query', 'set timezone = utc', /^Segment loyalty returns no columns: it is not a query\.$/],
  [
    'a table that may not be read',
    'select email, email as tier from private.secrets',
    /permission denied for schema private \(SQLSTATE 42501\)/,
  ],
  ['a condition that fails on a value', `select email, (tier::int)::text as tier from loyalty`, /SQLSTATE 22P02/],
])(
  'a segment of %s fails the run without a value in its message, sends nothing and loses nothing',
  async (_, sql, message) => {
    const { error } = await failedRun({ sql });
    expect(error?.code).toMatch(/^(SourceRejectedQuery|SourceEndedQuery|SegmentInvalid)$/);
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toContain('planted');
    expect((await source.query('select from loyalty')).rowCount).toBe(2);
  },
);

test('a run whose source is down says so, tries again, and is completed when the source is back', async () => {
  const { host } = new URL(scenario.sourceUrl);
  const way = await startTcpProxy(host);
  way.cut();
  await scenario.startWorker({ AWAY_URL: scenario.sourceUrl.replace(host, way.address) });
  await scenario.workers[0]!.stop();
  await scenario.define({ loyalty: { ...good, sourceVariable: 'AWAY_URL' } });
  await source.query(`update loyalty set tier = 'planted 2'`);
  const run = await scenario.start({ activation: 'loyalty' });
  const lastFailure = async () => (await run.describe()).raw.pendingActivities?.[0]?.lastFailure?.message;
  await expect
    .poll(lastFailure)
    .toMatch(/^Source away_url cannot be reached at 127\.0\.0\.1:\d+\/test_\w+: .*\. Start it, or correct/);
  way.mend();
  expect(await scenario.resultOf(run)).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 2, changed: 2, accepted: 2 }),
  });
  expect(await scenario.notInStep(inStep)).toEqual([]);
  await way.close();
  await scenario.define({ loyalty: good });
});

const remedy =
  'Start the workflow with {"activation": "NAME"}, or {"activation": "NAME", "mode": "full"} to send everything again.';
test.each<[string, unknown[], { code: string; message: string; remedy: string }]>([
  ['no input', [], { code: 'InputInvalid', message: 'A run needs an input that names its activation.', remedy }],
  ['a text', ['loyalty'], { code: 'InputInvalid', message: 'The input of a run is one JSON object.', remedy }],
  [
    'an unknown mode',
    [{ activation: 'loyalty', mode: 'fast' }],
    { code: 'InputInvalid', message: 'The mode of a run is "delta" or "full".', remedy },
  ],
  [
    'an unknown activation',
    [{ activation: 'loyality' }],
    { code: 'ActivationUnknown', message: 'There is no activation "loyality".', remedy: 'Did you mean "loyalty"?' },
  ],
])('a workflow that is started with %s fails with a message that says what to type', async (_, input, error) => {
  const run = await scenario.start(...input);
  expect(await openingError(run)).toMatchObject(error);
  await expect(run.result()).rejects.toMatchObject({
    cause: { type: error.code, message: `${error.message} ${error.remedy}` },
  });
  expect((await client.workflow.getHandle(run.workflowId).describe()).status.name).toBe('FAILED');
  expect(await scenario.stored(`select from outflow.run where workflow_id = '${run.workflowId}'`)).toEqual([]);
});

test('neither histories nor logs hold contact data or a secret', async () => {
  expect(await scenario.placesThatHold('planted')).toEqual([]);
  expect(await scenario.placesThatHold('loyalty')).not.toEqual([]);
});
