import { createHash } from 'node:crypto';
import { destinationType } from '../destination-type.js';
import { everyCall, limitsOf } from '../kit/sending-settings.js';
import { attributeRule, identifierFault, identifierFieldFault, sentAs } from './attribute-rule.js';
import { buildBody, NOBODY } from './body.js';
import { judge, judgeProbe } from './judge.js';
import { settings } from './settings.js';

/** Whoever takes rows as JSON over HTTP, by the contract that docs/configuration.md states. */
export const webhook = destinationType({
  type: 'webhook',
  service: 'Webhook',
  example: '{ type: webhook, url: ... }',
  settings,
  open(settings) {
    const { method, url: base, headers, secret } = settings;
    const identity = { base, account: '' };
    const target = { name: 'webhook', identity, timelines: everyCall(identity, settings.callsPerSecond) };
    const call = {
      method,
      url: { base, path: '' },
      headers: { ...headers, 'content-type': 'application/json' },
      ...(secret !== undefined && { signedWith: secret }),
    };
    const limits = limitsOf(settings);
    return {
      traits: { repeat: 'set', carries: settings.values, unknownContacts: 'created', refuses: 'attributes' },
      limits: settings.body === 'row' ? { ...limits, callRows: 1 } : limits,
      targets: [target],
      attributes: { types: sentAs, faults: () => [], rule: attributeRule, faultTogether: () => undefined },
      identifier: { fault: identifierFault, faultOfField: identifierFieldFault },
      call: (sending) => ({
        ...call,
        headers: { ...call.headers, 'webhook-id': messageId(sending.key) },
        body: buildBody(settings, sending),
      }),
      judge: ({ rules, from, to }, answer) =>
        judge(answer, { rows: to - from, attributes: rules.map(({ key }) => key) }),
      probes: [{ target, call: { ...call, body: NOBODY }, judge: judgeProbe }],
    };
  },
});

/** The same for each attempt, so that a receiver can drop what it has seen. Hashed: the key holds the engine's id. */
function messageId(key: string): string {
  return `msg_${createHash('sha256').update(key).digest('base64url').slice(0, 32)}`;
}
