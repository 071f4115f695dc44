import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { readBody } from '../kit/read-body.js';
import { acceptCall, parseBatchRoute, type AcceptedCall } from './batch-route.js';
import type { PendingWrite } from './pending-writes.js';
import { RefusedCall } from './refused-call.js';
import { hashOfId, type LoggedRequest } from './request-log.js';
import type { Write } from './rules.js';
import type { StandInState } from './stand-in-state.js';

/** Answers one request to anything but inspection, as Batch would or as the fault switches say. */
export async function answerCall(
  state: StandInState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const route = parseBatchRoute(path);
  const entry = state.log.add(request.method ?? '', route?.apiKey);
  try {
    const outcome = await judge(state, request, route, entry);
    await sleep(state.faults.latencyMs(route?.apiKey));
    if (outcome === 'drop') disconnect(response, entry, 'dropped');
    else if (outcome instanceof RefusedCall) await sendRefusal(response, entry, outcome);
    else await concludeAccepted(state, response, entry, outcome);
  } finally {
    if (route) state.apps.get(route.apiKey)?.countAnswer(entry.status);
  }
}

async function judge(
  state: StandInState,
  request: IncomingMessage,
  route: ReturnType<typeof parseBatchRoute>,
  entry: LoggedRequest,
): Promise<AcceptedCall | RefusedCall | 'drop'> {
  if (state.faults.drops(route?.apiKey, 'before-reading')) return 'drop';
  const body = await readBody(request);
  if (body === undefined) return 'drop';
  state.log.recordBody(entry, body);
  if (state.faults.drops(route?.apiKey, 'before-answering')) return 'drop';
  try {
    state.faults.refuseAtTheDoor(route?.apiKey);
    return acceptCall(state, request, route, body);
  } catch (error) {
    if (error instanceof RefusedCall) return error;
    throw error;
  }
}

async function concludeAccepted(
  state: StandInState,
  response: ServerResponse,
  entry: LoggedRequest,
  call: AcceptedCall,
): Promise<void> {
  const holds = state.faults.holds(call.apiKey);
  const losesAnswer = state.faults.losesAnswer(call.apiKey);
  if (holds === 'application' && !(await waitForRelease(state, entry))) {
    disconnect(response, entry, 'lost');
    return;
  }
  const pending = take(state, entry, call);
  if (losesAnswer) pending.applyNow();
  if (holds === 'answer') {
    pending.applyLater();
    if (!(await waitForRelease(state, entry))) {
      disconnect(response, entry, 'lost');
      return;
    }
  }
  if (losesAnswer) disconnect(response, entry, 'lost');
  else await send(response, entry, call.status, {});
  pending.applyLater();
}

/** The moment of acceptance: from here the write will be applied, whatever becomes of the answer. */
function take(state: StandInState, entry: LoggedRequest, call: AcceptedCall): PendingWrite {
  const { app, write } = call;
  const ids = write.kind === 'update' ? write.users.map((user) => user.id) : write.ids;
  entry.users = ids.length;
  entry.attributes = countAttributes(write);
  entry.firstId = hashOfId(ids[0]!);
  entry.lastId = hashOfId(ids.at(-1)!);
  app.countAccepted(entry.users, entry.attributes);
  return state.pending.add(() => app.apply(write));
}

function countAttributes(write: Write): number {
  if (write.kind === 'delete') return 0;
  return write.users.reduce((sum, user) => sum + Object.keys(user.values).length, 0);
}

async function waitForRelease(state: StandInState, entry: LoggedRequest): Promise<boolean> {
  entry.answer = 'held';
  return await state.held.wait();
}

async function sendRefusal(response: ServerResponse, entry: LoggedRequest, refused: RefusedCall): Promise<void> {
  if (refused.retryAfter !== undefined) response.setHeader('Retry-After', String(refused.retryAfter));
  await send(response, entry, refused.status, refused.body);
}

/** Resolves when the answer left, or could not because the client is gone. */
async function send(response: ServerResponse, entry: LoggedRequest, status: number, body: object): Promise<void> {
  const isSent = await new Promise<boolean>((resolve) => {
    if (response.destroyed || response.socket === null || response.socket.destroyed) {
      resolve(false);
      return;
    }
    response.once('finish', () => resolve(true));
    response.once('close', () => resolve(false));
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  entry.answer = isSent ? 'sent' : 'lost';
  if (isSent) entry.status = status;
}

function disconnect(response: ServerResponse, entry: LoggedRequest, answer: 'lost' | 'dropped'): void {
  entry.answer = answer;
  response.destroy();
}
