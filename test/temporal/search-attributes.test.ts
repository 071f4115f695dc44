import proto from '@temporalio/proto';
import { expect, onTestFinished, test } from 'vitest';
import { Connection } from '@temporalio/client';
import { registerSearchAttributes } from '../../src/temporal/search-attributes.js';
import { startOwnServer } from './own-server.js';

test('both are registered where they are missing, and registering them again is harmless', async () => {
  const { address } = await startOwnServer(onTestFinished);
  const connection = await Connection.connect({ address });
  expect(await registerSearchAttributes(connection, 'default')).toEqual({ available: true });
  expect(await registerSearchAttributes(connection, 'default')).toEqual({ available: true });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
  const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
  expect(customAttributes).toEqual({ OutflowActivation: keyword, OutflowOutcome: keyword, OutflowState: keyword });
  await connection.close();
});

test('where one cannot be had, the command that creates it is told', async () => {
  const { address } = await startOwnServer(onTestFinished, { searchAttributes: { OutflowOutcome: 'Int' } });
  const connection = await Connection.connect({ address });
  expect(await registerSearchAttributes(connection, 'default')).toEqual({
    available: false,
    command: 'temporal operator search-attribute create --namespace default --name OutflowOutcome --type Keyword',
  });
  await connection.close();
});

test('a server that does not answer is no server that refuses', async () => {
  const server = await startOwnServer(onTestFinished);
  const connection = await Connection.connect({ address: server.address });
  await server.kill();
  const late = connection.withDeadline(Date.now() + 500, () => registerSearchAttributes(connection, 'default'));
  await expect(late).rejects.toThrow(/UNAVAILABLE|DEADLINE/);
  await connection.close();
});
