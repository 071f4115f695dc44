import type { IncomingMessage } from 'node:http';

import type { App } from './app.js';
import { RefusedCall } from './refused-call.js';
import { readDelete, readUpdate, type Write } from './rules.js';
import type { StandInState } from './stand-in-state.js';

/** The custom data route that a path names, whatever the method. */
export interface BatchRoute {
  apiKey: string;
  /** Decoded. Absent on the bulk route. */
  customId?: string;
}

export interface AcceptedCall {
  apiKey: string;
  app: App;
  write: Write;
  status: number;
}

/** `/1.0/{apiKey}/data/users[/{customId}]`, with or without a slash at the end; anything else is undefined. */
export function parseBatchRoute(path: string): BatchRoute | undefined {
  const match = /^\/1\.0\/([^/]+)\/data\/users(?:\/([^/]+))?\/?$/.exec(path);
  if (!match) return undefined;
  const [, apiKey = '', encodedId] = match;
  if (encodedId === undefined) return { apiKey };
  try {
    return { apiKey, customId: decodeURIComponent(encodedId) };
  } catch {
    return undefined;
  }
}

/** Checks a call in Batch's order: route and method, keys, plan, body. Throws a RefusedCall at the first fault. */
export function acceptCall(
  state: StandInState,
  request: Pick<IncomingMessage, 'method' | 'headers'>,
  route: BatchRoute | undefined,
  body: Uint8Array,
): AcceptedCall {
  const isUpdate = request.method === 'POST';
  if (!route || !(isUpdate || request.method === 'DELETE')) {
    throw new RefusedCall('ROUTE_NOT_FOUND', 'There is no such route.');
  }
  const app = state.apps.get(route.apiKey);
  if (!app || request.headers['x-authorization'] !== state.restKey) {
    throw new RefusedCall(
      'AUTHENTICATION_INVALID',
      'The API key in the path or the REST key in X-Authorization is wrong.',
    );
  }
  if (!app.hasFeature) throw new RefusedCall('API_MISUSE', "The app's plan does not include custom data.");
  const write = isUpdate ? readUpdate(body, route.customId) : readDelete(body, route.customId);
  state.faults.refuseWrite(route.apiKey, write);
  return { apiKey: route.apiKey, app, write, status: isUpdate ? state.successStatus : 200 };
}
