import { beforeAll, expect, test } from 'vitest';
import type { CheckReport } from '../../src/operations/check/report.js';
import { activation, definitions, loyaltyTable } from './definitions.js';
import { keys, makeWorkspace, type Definitions } from './workspace.js';

const workspace = await makeWorkspace();

beforeAll(() => workspace.source.query(loyaltyTable));

async function check(written: Definitions | string): Promise<CheckReport & { exitCode: number | null }> {
  await workspace.define(written);
  const { exitCode, stdout } = await workspace.outflow('check', '--json');
  return { exitCode, ...(JSON.parse(stdout) as CheckReport) };
}

/** Message and remedy of each fault. */
async function faultsOf(written: Definitions | string): Promise<string[]> {
  return (await check(written)).faults.map(({ message, remedy }) => `${message} ${remedy}`);
}

/** The faults of a segment of this SQL. */
function faultsOfSql(sql: string): Promise<string[]> {
  return faultsOf(definitions({ segments: { loyal: { source: 'warehouse', sql } } }));
}

test('definitions that fit everything they name are ready to be applied', async () => {
  expect(await check(definitions())).toEqual({
    exitCode: 0,
    ok: true,
    faults: [],
    warnings: [],
    activations: [{ activation: 'loyalty', rows: 30 }],
  });
  expect(await workspace.outflow('check')).toEqual({
    exitCode: 0,
    stdout: '✓ activation loyalty: 30 rows\n✓ outflow.yaml is ready to be applied\n',
    stderr: '',
  });
});

test('a file that is not there is a fault that says where to run the command', async () => {
  const { exitCode, stdout } = await workspace.outflow('check', '--file', 'elsewhere.yaml');
  expect(exitCode).toBe(2);
  expect(stdout).toContain('The file does not exist.');
  expect(stdout).toContain('Run the command in the folder of your outflow.yaml, or name the file.');
});

test('faults of the file come with their lines, all at once', async () => {
  const { exitCode, faults } = await check(
    definitions({
      activations: { loyalty: activation({ attributes: ['firstName'] }), other: activation({ segment: 'loyl' }) },
    }),
  );
  expect(exitCode).toBe(2);
  expect(faults).toMatchObject([
    {
      code: 'ConfigInvalid',
      file: 'outflow.yaml',
      line: 27,
      path: 'activations.loyalty.attributes[0]',
      message: 'activations.loyalty.attributes[0] is refused by Batch: a name is made of a-z, 0-9 and _.',
      remedy: 'Name it first_name.',
    },
    {
      code: 'ConfigInvalid',
      file: 'outflow.yaml',
      line: 29,
      path: 'activations.other.segment',
      message: 'activations.other.segment names "loyl", and there is no segment of that name.',
      remedy: 'Did you mean loyal?',
    },
  ]);
});

test('two activations of one name, and more than 50 attributes, are faults of the file', async () => {
  const twice = ['sources: {}', 'segments: {}', 'destinations: {}', 'activations:', '  a: {}', '  a: {}'].join('\n');
  expect(await faultsOf(twice)).toContain(
    'activations.a is written twice, first on line 5. Rename or remove one of the two.',
  );
  const attributes = Array.from({ length: 51 }, (_, i) => `attribute_${i}`);
  expect(await faultsOf(definitions({ activations: { loyalty: activation({ attributes }) } }))).toEqual([
    'activations.loyalty.attributes has 51 attributes, and Batch takes 50. Remove the others.',
  ]);
});

test('a variable that is not set is a fault where it is referred to, and hides nothing else', async () => {
  const { faults } = await check(
    definitions({
      sources: { warehouse: { type: 'postgres', url: '${NOWHERE_URL}' } },
      destinations: {
        other: { type: 'batch-mep', restKey: '${REST_KEY}', apiKeys: { ios: '${REST_KEY}' }, url: '${BATCH_URL}' },
      },
    }),
  );
  expect(faults).toMatchObject([
    {
      code: 'SecretMissing',
      line: 4,
      path: 'sources.warehouse.url',
      message: 'sources.warehouse.url refers to NOWHERE_URL, not set in the environment and in .env.',
    },
    { code: 'DestinationUnauthorized' },
  ]);
});

test('columns and types that do not fit are named, all of an activation at once', async () => {
  const sql = `select email, tier as teir, '{}'::jsonb as points, 'x'::bytea as raw, 'x'::text as age from loyalty`;
  const [fault, ...others] = await faultsOf(
    definitions({
      segments: { loyal: { source: 'warehouse', sql } },
      activations: {
        loyalty: activation({
          identifier: 'e_mail',
          attributes: { tier: 'tier', points: 'points', raw: 'raw', age: { field: 'age', type: 'number' } },
        }),
      },
    }),
  );
  expect(others).toEqual([]);
  expect(fault!.split('\n')).toEqual([
    'Activation loyalty does not fit its segment, for 5 reasons:',
    '- Segment loyal has no column "e_mail" (identifier). Did you mean "email"?',
    '- Segment loyal has no column "tier" (attribute tier). Did you mean "teir"?',
    `- Column "points" is of type jsonb, which cannot be sent to Batch. Convert it in the segment, for example: points->>'key', or points::text.`,
    `- Column "raw" is of type bytea, which cannot be sent to Batch. Convert it in the segment, for example: encode(raw, 'hex').`,
    '- Column "age" is of type text, which cannot be sent as number (attribute "age"). Convert it in the segment, for example: age::numeric; or declare another type. Correct them in outflow.yaml; `outflow check` shows whether they are all gone.',
  ]);
});

test('an activation with a fault, also of its destination, is not called good as well', async () => {
  const whole = definitions();
  await workspace.define(
    definitions({
      destinations: {
        ...whole.destinations,
        closed: { type: 'batch-mep', restKey: '${IOS_KEY}', apiKeys: { ios: '${IOS_KEY}' }, url: '${BATCH_URL}' },
      },
      activations: {
        ...whole.activations,
        mistyped: activation({ attributes: { teir: 'teir' } }),
        shut_out: activation({ destination: 'closed', attributes: { other: 'tier' } }),
      },
    }),
  );
  const { stdout } = await workspace.outflow('check');
  expect(stdout.match(/^✓.*$/gm)).toEqual(['✓ activation loyalty: 30 rows']);
  expect(stdout).toContain('has 2 faults');
});

test('SQL with a syntax error, of two statements, or that returns nothing is refused with the reason', async () => {
  expect(await faultsOfSql('selec * from loyalty')).toEqual([
    'Source warehouse refuses the query of segment loyal: syntax error at or near "selec" (SQLSTATE 42601), at line 1, column 1.\nselec * from loyalty\n^ Correct the segment: try its SQL in psql as the same user.',
  ]);
  expect(await faultsOfSql('select * from loyalty; drop table loyalty')).toEqual([
    'Source warehouse refuses the query of segment loyal: cannot insert multiple commands into a prepared statement (SQLSTATE 42601). Correct the segment: try its SQL in psql as the same user.',
  ]);
  expect(await faultsOfSql('delete from loyalty')).toEqual([
    'Segment loyal returns no columns: it is not a query. Write a SELECT whose columns are the identifier and the fields to send.',
  ]);
  expect((await workspace.source.query('select from loyalty')).rowCount).toBe(30);
});

test('SQL that fails on a row is refused without the value that it failed on', async () => {
  const sql = `select email, tier, (tier || points)::int as points from loyalty where (tier || points)::int > 0`;
  const faults = await faultsOfSql(sql);
  expect(faults).toEqual([
    'Source warehouse ended the query: SQLSTATE 22P02 (invalid_text_representation). Try the SQL of the segment in psql as the same user; then correct it, or the rows that it fails on.',
  ]);
});

test('a source that is down or refuses the login is named once, without its password', async () => {
  const down = new URL(workspace.engineUrl);
  down.port = '1';
  down.password = 'secret-word';
  const refusing = new URL(workspace.engineUrl);
  refusing.pathname = '/no_such_database';
  const segment = (source: string) => ({ source, sql: 'select 1 as email' });
  await workspace.define(
    definitions({
      sources: {
        down: { type: 'postgres', url: '${DOWN_URL}' },
        refusing: { type: 'postgres', url: '${REFUSING_URL}' },
      },
      segments: { a: segment('down'), b: segment('down'), c: segment('refusing') },
    }),
  );
  const environment = { DOWN_URL: down.href, REFUSING_URL: refusing.href };
  const { exitCode, stdout } = await workspace.start(['check'], { environment }).finished;
  expect(exitCode).toBe(3);
  expect(stdout).not.toContain('secret-word');
  expect(stdout).toBe(
    [
      `✗ Source down cannot be reached at ${down.hostname}:1${down.pathname}: ECONNREFUSED.`,
      '  Start it, or correct the URL of source down.',
      `✗ Source refusing refuses the login at ${refusing.host}/no_such_database: there is no such database.`,
      '  Correct the user, the password or the database in the URL of source refusing.',
      '✓ activation loyalty: 30 rows',
      '✗ outflow.yaml has 2 faults',
      '',
    ].join('\n'),
  );
});

test('keys that Batch refuses are named by app, and no contact is touched', async () => {
  await workspace.define(definitions());
  const environment = { ANDROID_KEY: 'WRONGKEY' };
  const { exitCode, stdout } = await workspace.start(['check'], { environment }).finished;
  expect(exitCode).toBe(4);
  expect(stdout).toContain(
    [
      '✗ Batch refuses the access of destination "app" for android: HTTP 401, AUTHENTICATION_INVALID 10.',
      '  Correct the values of restKey and apiKeys.android. Workers take new values when they are started again; then `outflow check`.',
    ].join('\n'),
  );
  expect(stdout).not.toMatch(/for ios|WRONGKEY/);
  const contacts = await fetch(`${workspace.standIn.url}/__inspect/contacts?apiKey=${keys.ios}`);
  expect(await contacts.text()).toBe('');
});

test('identifiers that are never sent are warnings with their numbers of rows', async () => {
  const sql = `
    select * from loyalty union all values
      (null, 'x', 1), (null, 'x', 1), ('', 'x', 1), ('twice@example.com', 'x', 1), ('twice@example.com', 'y', 2),
      (repeat('x', 600), 'x', 1), ('NULL', 'x', 1), ('back\\slash', 'x', 1), ('back\\slash', 'x', 1), ('\\N', 'x', 1)`;
  const report = await check(definitions({ segments: { loyal: { source: 'warehouse', sql } } }));
  expect(report).toMatchObject({ exitCode: 0, ok: true, activations: [{ activation: 'loyalty', rows: 40 }] });
  expect(Object.fromEntries(report.warnings.map(({ code, rows }) => [code, rows]))).toEqual({
    null_identifier: 2,
    empty_identifier: 1,
    duplicate_identifier: 4,
    identifier_too_long: 1,
    identifier_reserved: 1,
  });
  expect(report.warnings).toContainEqual({
    code: 'duplicate_identifier',
    message: 'Activation loyalty leaves out 4 rows of segment loyal, whose email stands in several rows.',
    remedy: 'Give each contact one row in the segment, for example with DISTINCT ON.',
    activation: 'loyalty',
    rows: 4,
  });
});

test('an engine database or a Temporal that does not answer is a fault, none at all is a warning', async () => {
  await workspace.define(definitions());
  const down = new URL(workspace.engineUrl);
  down.port = '1';
  const unreachable = { OUTFLOW_DATABASE_URL: down.href, TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const { exitCode, stdout } = await workspace.start(['check'], { environment: unreachable }).finished;
  expect(exitCode).toBe(5);
  expect(stdout).toContain(
    `✗ The engine's database at ${down.hostname}:1${down.pathname} cannot be reached: connection refused.`,
  );
  expect(stdout).toContain('✗ Temporal at 127.0.0.1:1, namespace ');

  const none = await workspace.start(['check', '--json'], { environment: { OUTFLOW_DATABASE_URL: undefined } })
    .finished;
  expect(none.exitCode).toBe(0);
  expect((JSON.parse(none.stdout) as CheckReport).warnings).toMatchObject([{ code: 'no_engine' }]);
});

test('identifiers that are probably written otherwise at the destination are one warning, with their numbers', async () => {
  const sql = `select * from (values ('Anna@shop.test'), ('anna@shop.test'), (' bob@shop.test'), ('   '), ('eve@shop.test')) v(email),
    (values ('gold')) t(tier)`;
  const { warnings } = await check(definitions({ segments: { loyal: { source: 'warehouse', sql } } }));
  expect(warnings).toEqual([
    {
      code: 'identifier_spelling',
      message:
        'Activation loyalty sends the email of segment loyal as it stands: 1 identifier with blanks around it, 1 identifier of nothing but blanks, 1 identifier equal to another but for upper and lower case.',
      remedy: 'If that is not how the destination knows them, write for example lower(trim(email)) in the segment.',
      activation: 'loyalty',
      rows: 3,
    },
  ]);
});

test('a refused query is told with its place in the file, and a mark below it', async () => {
  const sql = 'select email,\n  teir\nfrom loyalty\n';
  const { faults } = await check(definitions({ segments: { loyal: { source: 'warehouse', sql } } }));
  expect(faults).toMatchObject([
    {
      code: 'SourceRejectedQuery',
      message: [
        'Source warehouse refuses the query of segment loyal: column "teir" does not exist (SQLSTATE 42703), at line 2, column 3.',
        '  teir',
        '  ^',
      ].join('\n'),
      path: 'segments.loyal.sql',
      line: expect.any(Number) as number,
    },
  ]);
});

test('a database is migrated by hand once, and a second time has nothing to do', async () => {
  const where = `127.0.0.1:${new URL(workspace.engineUrl).port}${new URL(workspace.engineUrl).pathname}`;
  await workspace.outflow('migrate');
  expect(await workspace.outflow('migrate')).toEqual({
    exitCode: 0,
    stdout: `The engine's database at ${where} has the schema of this version.\n`,
    stderr: '',
  });
});
