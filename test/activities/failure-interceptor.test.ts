import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OutflowError } from '../../src/activation/errors.js';
import { failureInterceptor } from '../../src/activities/failure-interceptor.js';
import { type Engine, openEngine } from '../../src/engine/database/database.js';
import { freshEngine, type TestEngine } from '../engine/engine-fixture.js';

const secret = 'zoe@shop.test';

let it: TestEngine;
beforeAll(async () => {
  it = await freshEngine();
});
afterAll(() => it.drop());

interface Step {
  engine?: Engine;
  attempt?: number;
  args?: unknown[];
  cancelled?: boolean;
}

/** The failure with which a step leaves that throws `error`. */
async function leaving(error: unknown, { engine = it.engine, attempt = 1, args = [], cancelled }: Step = {}) {
  const environment = new MockActivityEnvironment({ attempt });
  const step = async (): Promise<unknown> => {
    const { inbound } = failureInterceptor(engine)(Context.current());
    const next = async (): Promise<never> => {
      await Promise.resolve();
      if (cancelled) environment.cancel();
      throw error;
    };
    return inbound!.execute!({ args, headers: {} }, next);
  };
  return environment.run(step).then(
    () => expect.unreachable('the step succeeded'),
    (failure: unknown) => failure as ApplicationFailure,
  );
}

/** All that Temporal would keep of a failure. */
function kept(failure: ApplicationFailure): string {
  const { message, stack, cause, type, details } = failure;
  return JSON.stringify({ message, stack, cause: String(cause), type, details });
}

interface StoredError {
  reference: string;
  run_id: number | null;
  text: string;
}

test('a known error leaves with its code, message and remedy, without stack and cause', async () => {
  const error = new OutflowError('SegmentInvalid', 'Segment loyal has no column "tier".', 'Did you mean "tears"?');
  const failure = await leaving(error);
  expect(failure).toMatchObject({
    type: 'SegmentInvalid',
    message: 'Segment loyal has no column "tier". Did you mean "tears"?',
    nonRetryable: true,
    details: [error.report()],
    stack: '',
    cause: undefined,
  });
});

test('an error that may heal is tried again', async () => {
  expect(await leaving(new OutflowError('SourceUnreachable', 'Source a is down.', 'Start it.'))).toMatchObject({
    type: 'SourceUnreachable',
    nonRetryable: false,
  });
});

test('the text of an unknown error stays in the engine, and leaves as a reference', async () => {
  const failure = await leaving(new TypeError(`cannot read ${secret}`), { args: [{ runId: 7 }] });
  expect(kept(failure)).not.toContain(secret);
  const [stored] = await it.engine.db<StoredError>('outflow.unexpected_error').where({ run_id: 7 }).select();
  expect(stored!.text).toContain(`TypeError: cannot read ${secret}`);
  expect(failure).toMatchObject({
    type: 'Unexpected',
    message: `Something unexpected happened; its text is in the engine's database under ${stored!.reference}. Look it up: select text from outflow.unexpected_error where reference = '${stored!.reference}'.`,
    stack: '',
  });
});

test('a failure of a library leaves as a reference, too, whatever it carries', async () => {
  const cause = new Error(`cause ${secret}`);
  const foreign = ApplicationFailure.create({ message: secret, type: secret, details: [secret], cause });
  expect(kept(await leaving(foreign))).not.toContain(secret);
  expect(kept(await leaving(new AggregateError([cause], secret)))).not.toContain(secret);
  expect(kept(await leaving({ text: secret }))).not.toContain(secret);
  expect(kept(await leaving(secret))).not.toContain(secret);
});

test('a refusal of the engine that quotes a row leaves as a reference', async () => {
  const refused = await it.engine.db.raw(`select '${secret}'::int`).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  expect(refused!.message).toContain(secret);
  expect(kept(await leaving(refused))).not.toContain(secret);
});

test('an unknown error names the run of its step, where the step has one', async () => {
  await leaving(new Error('of a chunk'), { args: [{ run: { runId: 8 }, chunks: [1] }] });
  await leaving(new Error('of nobody'), { args: [undefined] });
  const stored = await it.engine.db<StoredError>('outflow.unexpected_error').select();
  const runOf = (text: string) => stored.find((error) => error.text.includes(text))!.run_id;
  expect(runOf('of a chunk')).toBe(8);
  expect(runOf('of nobody')).toBeNull();
});

test('an unknown error is tried again a few times, then no more', async () => {
  expect((await leaving(new Error('x'), { attempt: 4 })).nonRetryable).toBe(false);
  expect((await leaving(new Error('x'), { attempt: 5 })).nonRetryable).toBe(true);
});

test('an engine that is away is told as that, and tried again', async () => {
  const away = openEngine('postgres://outflow:hunter2@127.0.0.1:1/outflow', { applicationName: 'outflow test' });
  const met: unknown = await away.db.raw('select ?', [secret]).catch((error: unknown) => error);
  const failure = await leaving(met, { engine: away });
  expect(failure).toMatchObject({ type: 'EngineUnreachable', nonRetryable: false });
  expect(kept(failure)).toMatch(/127\.0\.0\.1:1\/outflow/);
  expect(kept(failure)).not.toMatch(new RegExp(`${secret}|hunter2`));
});

test('what other servers fail with is not blamed on the engine', async () => {
  for (const code of ['ECONNREFUSED', 'ENOENT', '57P01', '53100', '25006', '28P01']) {
    const failure = await leaving(Object.assign(new Error('Connection terminated'), { code }));
    expect(failure.type, code).toBe('Unexpected');
  }
});

test('an unknown error whose text cannot be stored leaves all the same, and says so', async () => {
  const away = openEngine('postgres://outflow:hunter2@127.0.0.1:1/outflow', { applicationName: 'outflow test' });
  const failure = await leaving(new Error(secret), { engine: away });
  expect(failure).toMatchObject({
    type: 'Unexpected',
    message:
      "Something unexpected happened, and its text could not be stored. See whether the engine's database answers.",
  });
  expect(kept(failure)).not.toContain(secret);
});

test('whatever a withdrawn step throws, it leaves as withdrawn', async () => {
  for (const error of [new Error(secret), new OutflowError('SourceUnreachable', 'ended', 'x')]) {
    const failure = await leaving(error, { cancelled: true });
    expect(failure).toBeInstanceOf(CancelledFailure);
    expect(kept(failure)).not.toContain(secret);
  }
});
