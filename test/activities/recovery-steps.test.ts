import { afterAll, beforeAll, expect, test } from 'vitest';
import { awaitProbe } from '../../src/activities/await-probe.js';
import type { Dependencies } from '../../src/activities/dependencies.js';
import { probeCulprit } from '../../src/activities/probe-culprit.js';
import { freshEngine, type TestEngine } from '../engine/engine-fixture.js';

let database: TestEngine;

beforeAll(async () => {
  database = await freshEngine();
});
afterAll(() => database.drop());

test('a recovery of an incident that the engine does not have is over', async () => {
  const deps = { engine: database.engine } as Dependencies;
  expect(await awaitProbe(deps, 42)).toEqual({ kind: 'over' });
  expect(await probeCulprit(deps, 42)).toEqual({ kind: 'over' });
});
