import { type Act, type MakeAct, type Scene } from './acts/act.js';
import {
  answerAsStranger,
  arriveLate,
  endBeforeAnswer,
  killDiff,
  killFold,
  passDeadline,
  stopBeforeAcknowledgement,
  stopBeforePost,
} from './acts/aimed.js';
import { crashEngine, crashTemporal, killWorker, restartSource, stopWorker } from './acts/machines.js';
import {
  cancel,
  changeMapping,
  changeTooMuch,
  changeType,
  pauseAndResume,
  pauseAutomatically,
  poison,
  reset,
  startTwice,
  terminate,
} from './acts/people.js';
import { setBack } from './acts/restores.js';
import { type Weather, weathers } from './acts/weather.js';
import type { Random } from './random.js';

/** An act, and what is wrong with Batch meanwhile. */
export interface PlannedAct {
  act: Act;
  weather?: Weather;
  /** Nothing happens for so long before it. */
  gapMs: number;
}

/** In any weather. */
const acts: readonly MakeAct[] = [
  killWorker,
  killWorker,
  stopWorker,
  crashTemporal,
  crashEngine,
  restartSource,
  pauseAndResume,
  cancel,
  terminate,
  terminate,
  reset,
  startTwice,
  changeMapping,
  changeType,
  changeTooMuch,
  poison,
  poison,
];

/** They make the weather that they need. */
const aimedActs: readonly MakeAct[] = [
  endBeforeAnswer,
  endBeforeAnswer,
  killDiff,
  killFold,
  stopBeforePost,
  stopBeforeAcknowledgement,
  arriveLate,
  passDeadline,
  pauseAutomatically,
  answerAsStranger,
  setBack,
];

const shareOfBadWeather = 0.6;

/**
 * The acts of about so many minutes, the same for the same random numbers. Every kind comes once in a round, in another
 * order each.
 */
export function plan(random: Random, minutes: number): PlannedAct[] {
  const planned: PlannedAct[] = [];
  let seconds = 0;
  for (;;) {
    for (const make of random.shuffled([...acts, ...aimedActs])) {
      const next = planAct(random, make);
      planned.push(next);
      seconds += next.act.seconds + next.gapMs / 1000;
      if (seconds >= minutes * 60) return planned;
    }
  }
}

function planAct(random: Random, make: MakeAct): PlannedAct {
  const act = make(random);
  const gapMs = random.between(100, 1_500);
  const weather = random.pick(weathers)(random);
  const isFair = aimedActs.includes(make) || !random.chance(shareOfBadWeather);
  // A call that arrives late while its sender is stopped is lost if the sender is killed soon after: nobody can know of it.
  const isBeyondThePromise = make === stopWorker && weather.kind === 'silence';
  return { act, gapMs, ...(!isFair && !isBeyondThePromise && { weather }) };
}

/** Returns whether the act met what it was aimed at. */
export async function perform({ act, weather }: PlannedAct, scene: Scene): Promise<boolean> {
  await weather?.begin(scene);
  try {
    return await act.perform(scene);
  } finally {
    await weather?.end(scene);
  }
}

/** On one line, as the same seed has it every time. */
export function described({ act, weather }: PlannedAct): string {
  const one = ({ kind, parameters }: Pick<Act, 'kind' | 'parameters'>): string =>
    [kind, ...Object.entries(parameters).map(([name, value]) => `${name}=${value}`)].join(' ');
  return weather ? `${one(act)}, in ${one(weather)}` : one(act);
}
