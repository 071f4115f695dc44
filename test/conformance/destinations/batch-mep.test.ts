import { startBatchStandIn } from '../../../src/dev/stand-ins/batch-mep/server.js';
import { batchMepDefinition } from '../../support/batch-mep.js';
import { describeDestination } from './describe-destination.js';
import { CALL_ROWS } from './under-test.js';

const secrets = { REST_KEY: 'rest-key-abc', IOS_KEY: 'ios-key-abc' };

describeDestination({
  secrets,
  wrongSecrets: { REST_KEY: 'rest-key-xyz', IOS_KEY: 'ios-key-xyz' },
  definition: (url, callsPerSecond) =>
    batchMepDefinition({
      ...{ url, apiKeys: { ios: '${IOS_KEY}' }, chunkSize: CALL_ROWS },
      callsPerSecond: callsPerSecond ?? 'off',
    }),
  async start(known) {
    const standIn = await startBatchStandIn({
      restKey: secrets.REST_KEY,
      apps: { [secrets.IOS_KEY]: { contacts: [...known] } },
      applyDelayMs: 0,
    });
    const inspect = (method: string, what: string) => fetch(`${standIn.url}/__inspect/${what}`, { method });
    return {
      url: standIn.url,
      poison: (...ids) => standIn.setFaults({ poisonedIds: ids }),
      async valuesOf(id) {
        await inspect('POST', 'settled');
        const answer = await inspect('GET', `contact?apiKey=${secrets.IOS_KEY}&id=${encodeURIComponent(id)}`);
        return answer.ok
          ? byAttribute(((await answer.json()) as { values: Record<string, unknown> }).values)
          : undefined;
      },
      close: () => standIn.close(),
    };
  },
  rowsOf: (body) =>
    (JSON.parse(body) as { id: string; update: { values: Record<string, unknown> } }[]).map(({ id, update }) => ({
      id,
      values: byAttribute(update.values),
    })),
  goodIdentifiers: ['a', 'jane@example.com', '李', 'null@example.com', 'x'.repeat(512), '\\N'],
  badIdentifiers: {
    empty_identifier: [''],
    identifier_too_long: ['x'.repeat(513), '李'.repeat(513)],
    identifier_reserved: ['null', 'NaN', '[object Object]', 'True'],
  },
  goodNames: ['tier', 'x', 'a'.repeat(30), '2_go'],
  badNames: ['', 'Tier', 'first name', 'prénom', '$email', 'a'.repeat(31), 'a.b'],
});

/** `date(u.seen)` and `ut.likes` are attributes by other names. */
function byAttribute(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key.replace(/^(\w+\()?ut?\.(\w+)\)?$/, '$2'), value]),
  );
}
