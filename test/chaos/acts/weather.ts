import type { Faults } from '../../../src/dev/stand-ins/batch-mep/faults.js';
import { apiKeyOf, type App, apps } from '../batch.js';
import type { Random } from '../random.js';
import type { Act, Scene } from './act.js';

/** Something that is wrong with Batch, or with the way to it, while other things happen. */
export interface Weather {
  kind: string;
  parameters: Act['parameters'];
  begin(scene: Scene): Promise<void> | void;
  end(scene: Scene): Promise<void> | void;
}

type Where = App | 'both';

function ofFaults(kind: string, where: Where, parameters: Act['parameters'], faults: Faults): Weather {
  return {
    kind,
    parameters: { app: where, ...parameters },
    begin: ({ ground }) => ground.batch.setWeather({ ...faults, ...(where !== 'both' && { apiKey: apiKeyOf(where) }) }),
    end: ({ ground }) => ground.batch.setWeather({}),
  };
}

function somewhere(random: Random): Where {
  return random.pick([...apps, 'both']);
}

function sometimes(random: Random): { probability: number; seed: number } {
  return { probability: random.between(3, 10) / 10, seed: random.between(1, 1_000) };
}

export const weathers: readonly ((random: Random) => Weather)[] = [
  (random) => {
    const code = random.pick([500, 503, 429] as const);
    const selection = sometimes(random);
    const retryAfter = random.chance(0.7) ? { retryAfter: 1 } : {};
    return ofFaults(
      `storm-${code}`,
      somewhere(random),
      { ...selection, ...retryAfter },
      {
        status: { code, ...selection, ...retryAfter },
      },
    );
  },
  (random) => {
    const drop = { when: random.pick(['before-reading', 'before-answering'] as const), ...sometimes(random) };
    return ofFaults('dropped-connections', somewhere(random), drop, { drop });
  },
  (random) => {
    const loseAnswer = sometimes(random);
    return ofFaults('lost-answers', random.pick(apps), loseAnswer, { loseAnswer });
  },
  (random) => {
    // Less than a request's deadline and the age of its mark: what Batch has accepted shows before a takeover begins.
    const latencyMs = random.between(100, 1_700);
    return ofFaults('latency', somewhere(random), { latencyMs }, { latencyMs });
  },
  (random) => {
    const calls = random.between(1, 4);
    return {
      kind: 'silence',
      parameters: { calls },
      begin: ({ ground }) => ground.way.catchNext(calls),
      end: ({ ground }) => ground.way.letGo(),
    };
  },
];
