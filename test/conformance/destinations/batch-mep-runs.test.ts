import { startScenario } from '../../scenarios/support/start-scenario.js';
import { batchMepDefinition } from '../../support/batch-mep.js';
import { describeRuns } from './describe-runs.js';

const scenario = await startScenario();
const { destination } = scenario;

describeRuns(scenario, {
  definition: batchMepDefinition({
    ...{ url: '${BATCH_URL}', apiKeys: { ios: '${IOS_KEY}' }, chunkSize: 10, callsPerSecond: 'off' },
    requestTimeout: 3_000,
  }),
  environment: {},
  holdNext: () => destination.fail({ hold: { next: 1 } }),
  held: () => destination.heldCalls(),
  release: () => destination.release(),
  poison: (...ids) => destination.fail({ poisonedIds: ids }),
  valueOf: async (id, attribute) => (await destination.contacts('ios')).get(id)?.[`u.${attribute}`],
});
