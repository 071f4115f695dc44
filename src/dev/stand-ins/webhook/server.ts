import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeldCalls } from '../kit/held-calls.js';
import { listen, type Listening } from '../kit/listen.js';
import { readBody } from '../kit/read-body.js';
import { picker } from '../kit/selection.js';
import type { WebhookFaults } from './faults.js';
import { checkDoor, type Contract, readRows, Refused, type Row, type Value } from './read-call.js';

export interface WebhookStandIn extends Listening {
  /** Contacts and their values. One that nobody knew comes into being. */
  readonly contacts: ReadonlyMap<string, Record<string, Value>>;
  readonly held: Pick<HeldCalls, 'size' | 'release'>;
  /** Replaces all fault switches; `{}` ends them. */
  setFaults(faults: WebhookFaults): void;
}

interface Answer {
  status: number;
  body: string;
}

/**
 * Starts a receiver of webhooks that takes nothing that another one might refuse. An id that comes a second time with the
 * same body is answered as the first time and applied once; with another body it is refused with 409.
 */
export async function startWebhookStandIn(contract: Contract): Promise<WebhookStandIn> {
  const contacts = new Map<string, Record<string, Value>>();
  const seen = new Map<string, { body: string; answer: Answer }>();
  const held = new HeldCalls();
  let faults = planOf({});

  const take = (request: IncomingMessage, body: Buffer): Answer => {
    checkDoor(contract, request, body);
    const id = request.headers['webhook-id'];
    if (typeof id !== 'string') throw new Refused(400, 'NO_ID', 'The call has no webhook-id.');
    const before = seen.get(id);
    if (before?.body === body.toString()) return before.answer;
    if (before) throw new Refused(409, 'ID_IN_USE', 'Another body came with this webhook-id.');
    const { answer, taken } = faults.judge(readRows(contract, body));
    for (const { id: contact, values } of taken) contacts.set(contact, merged(contacts.get(contact) ?? {}, values));
    if (answer.status < 300) seen.set(id, { body: body.toString(), answer });
    return answer;
  };

  const listening = await listen('webhook', 0, async (request, response) => {
    const body = await readBody(request);
    if (body === undefined) return void response.destroy();
    const answer = answered(() => take(request, body));
    if (answer.status < 300 && faults.holds() && !(await held.wait())) return void response.destroy();
    send(response, answer);
  });

  return {
    ...listening,
    contacts,
    held,
    setFaults: (switches) => {
      faults = planOf(switches);
    },
    async close() {
      held.abandon();
      await listening.close();
    },
  };
}

function planOf({ hold, poisonedIds = [], refusedIds = [], refusedAttributes = {} }: WebhookFaults) {
  const refusedOf = ({ id, values }: Row): string[] =>
    Object.keys(values).filter((name) => refusedAttributes[id]?.includes(name));
  return {
    holds: picker(hold),
    judge(rows: Row[]): { answer: Answer; taken: Row[] } {
      const poisoned = rows.filter(({ id }) => poisonedIds.includes(id)).map(({ id }) => id);
      if (poisoned.length > 0) {
        return { answer: refusal(new Refused(422, 'POISONED', `${poisoned.join()} is refused.`)), taken: [] };
      }
      const refused = rows.flatMap((row, index) => {
        if (refusedIds.includes(row.id)) return [{ index, code: 'NO_CONSENT' }];
        const attributes = refusedOf(row);
        return attributes.length === 0 ? [] : [{ index, code: 'UNKNOWN_VALUE', attributes }];
      });
      const taken = rows
        .filter(({ id }) => !refusedIds.includes(id))
        .map((row) => ({ ...row, values: without(row.values, refusedOf(row)) }));
      if (refused.length === 0) return { answer: { status: 204, body: '' }, taken };
      return { answer: { status: 200, body: JSON.stringify({ refused }) }, taken };
    },
  };
}

function without(values: Row['values'], names: readonly string[]): Row['values'] {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}

function answered(take: () => Answer): Answer {
  try {
    return take();
  } catch (error) {
    if (error instanceof Refused) return refusal(error);
    throw error;
  }
}

/** A proper receiver's message may quote what it refuses. */
function refusal({ status, code, message }: Refused): Answer {
  return { status, body: JSON.stringify({ code, message }) };
}

function merged(known: Record<string, Value>, values: Row['values']): Record<string, Value> {
  const entries = Object.entries({ ...known, ...values });
  return Object.fromEntries(entries.filter((entry): entry is [string, Value] => entry[1] !== null));
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, body === '' ? {} : { 'content-type': 'application/json' }).end(body);
}
