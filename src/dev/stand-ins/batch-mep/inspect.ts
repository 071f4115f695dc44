import type { IncomingMessage, ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';

import type { App } from './app.js';
import { FaultPlan } from './fault-plan.js';
import { parseFaults } from './faults.js';
import { addContactLines, streamContacts } from './inspect-contacts.js';
import { listOf, record, ShapeError, text } from '../kit/shape.js';
import { spoil } from './spoil.js';
import type { StandInState } from './stand-in-state.js';

interface Inspection {
  readonly state: StandInState;
  readonly reset: () => void;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** An answer to be sent as JSON; undefined: the handler has answered. */
type Handler = (inspection: Inspection) => object | undefined | Promise<object | undefined>;

export const inspectPrefix = '/__inspect/';

class NotFound extends Error {
  override readonly name = 'NotFound';
}

const handlers: Record<string, Handler> = {
  'GET /__inspect/stats': ({ state }) => ({
    apps: Object.fromEntries([...state.apps].map(([apiKey, app]) => [apiKey, app.stats()])),
  }),
  'GET /__inspect/requests': ({ state, query }) => ({ requests: state.log.entries(query.get('bodies') === '1') }),
  'GET /__inspect/contacts': async ({ state, query, response }) => {
    await streamContacts(appOf(state, query.get('apiKey')), response);
    return undefined;
  },
  'GET /__inspect/contact': ({ state, query }) => {
    const id = query.get('id') ?? '';
    const values = appOf(state, query.get('apiKey')).valuesOf(id);
    if (!values) throw new NotFound('The app does not know this contact.');
    return { id, values };
  },
  'POST /__inspect/contacts': async ({ state, query, request }) => {
    if (query.has('apiKey')) {
      return { added: await addContactLines(appOf(state, query.get('apiKey')), request) };
    }
    const body = await readJson(request);
    record({ apiKey: text, ids: listOf(text) })(body, 'the body');
    const { apiKey, ids } = body as { apiKey: string; ids: string[] };
    const app = appOf(state, apiKey);
    for (const id of ids) app.addContact(id);
    return { added: ids.length };
  },
  'POST /__inspect/settled': async ({ state }) => {
    await state.pending.settled();
    return {};
  },
  'POST /__inspect/faults': async ({ state, request }) => {
    state.faults = new FaultPlan(parseFaults(await readJson(request)));
    return {};
  },
  'GET /__inspect/held': ({ state }) => ({ held: state.held.size }),
  'POST /__inspect/release': ({ state }) => ({ released: state.held.release() }),
  'POST /__inspect/spoil': async ({ state, request }) => {
    const body = await readJson(request);
    record({ apiKey: text }, { id: text, key: text })(body, 'the body');
    const { apiKey, id, key } = body as { apiKey: string; id?: string; key?: string };
    const spoiled = spoil(appOf(state, apiKey), id, key);
    if (!spoiled) throw new NotFound('The app holds no such value.');
    return spoiled;
  },
  'POST /__inspect/reset': ({ reset }) => {
    reset();
    return {};
  },
};

/**
 * Answers a request under `/__inspect/`, for tests and the demo. None of it is Batch's: Batch's own API shows no value
 * of a contact. 400 says what is wrong with the request, 404 that there is no such thing.
 */
export async function answerInspection(
  state: StandInState,
  reset: () => void,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '', 'http://stand-in');
  const handler = handlers[`${request.method ?? ''} ${url.pathname}`];
  try {
    if (!handler) throw new NotFound(`There is no such inspection; there are ${Object.keys(handlers).join(', ')}.`);
    const answer = await handler({ state, reset, query: url.searchParams, request, response });
    if (answer) sendJson(response, 200, answer);
  } catch (error) {
    if (error instanceof NotFound) sendJson(response, 404, { message: error.message });
    else if (error instanceof ShapeError) sendJson(response, 400, { message: error.message });
    else throw error;
  }
}

function appOf(state: StandInState, apiKey: string | null): App {
  const app = state.apps.get(apiKey ?? '');
  if (!app) throw new NotFound('There is no app with this apiKey.');
  return app;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  try {
    return JSON.parse(await readText(request)) as unknown;
  } catch {
    throw new ShapeError('the body must be JSON');
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
