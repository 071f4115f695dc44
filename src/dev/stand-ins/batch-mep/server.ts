import type { IncomingMessage, ServerResponse } from 'node:http';

import { listen, type Listening } from '../kit/listen.js';
import { answerCall } from './answer-call.js';
import { FaultPlan } from './fault-plan.js';
import type { Faults } from './faults.js';
import { answerInspection, inspectPrefix } from './inspect.js';
import type { StandInOptions } from './options.js';
import { StandInState } from './stand-in-state.js';

/** When it closes, held calls are not answered. */
export interface BatchStandIn extends Listening {
  /** Replaces all fault switches; `{}` ends them. */
  setFaults(faults: Faults): void;
}

/**
 * Starts a server that stands in for Batch's MEP custom data API and takes nothing that Batch might refuse. It holds
 * contacts in memory, each API key apart, and shows them and its own behaviour under `/__inspect/`.
 */
export async function startBatchStandIn(options: StandInOptions): Promise<BatchStandIn> {
  let state = new StandInState(options);
  const reset = (): void => {
    state.discard();
    state = new StandInState(options);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url?.startsWith(inspectPrefix)) await answerInspection(state, reset, request, response);
    else await answerCall(state, request, response);
  };
  const server = await listen('Batch', options.port ?? 0, answer);
  return {
    url: server.url,
    port: server.port,
    setFaults: (faults) => {
      state.faults = new FaultPlan(faults);
    },
    close: async () => {
      state.discard();
      await server.close();
    },
  };
}
