import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { answerCall } from './answer-call.js';
import { FaultPlan } from './fault-plan.js';
import type { Faults } from './faults.js';
import { answerInspection, inspectPrefix } from './inspect.js';
import type { StandInOptions } from './options.js';
import { StandInState } from './stand-in-state.js';

export interface BatchStandIn {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  url: string;
  port: number;
  /** Replaces all fault switches; `{}` ends them. */
  setFaults(faults: Faults): void;
  /** Ends every connection; held calls are not answered. */
  close(): Promise<void>;
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
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!request.destroyed) console.error('The Batch stand-in failed:', error);
      response.destroy();
    });
  });
  // Longer than clients keep idle connections, so that a call never meets a connection that is just being closed.
  server.keepAliveTimeout = 65_000;
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    setFaults: (faults) => {
      state.faults = new FaultPlan(faults);
    },
    close: async () => {
      state.discard();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
