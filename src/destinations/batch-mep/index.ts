import { destinationType } from '../destination-type.js';
import { everyCall, limitsOf } from '../kit/sending-settings.js';
import { attributeRule, sentAs } from './attribute-rule.js';
import { buildBody } from './body.js';
import { identifierFault, identifierFieldFault } from './identifiers.js';
import { judge, judgeProbe } from './judge.js';
import { mappingFaults, tagsFault } from './names.js';
import { settings } from './settings.js';

/** The custom data of Batch's Mobile Engagement Platform. Each app of the company is a target: its contacts are its own. */
export const batchMep = destinationType({
  type: 'batch-mep',
  service: 'Batch',
  example: '{ type: batch-mep, restKey: ..., apiKeys: ... }',
  settings,
  open(settings) {
    const { restKey, apiKeys, url: base, callsPerSecond } = settings;
    const headers = { 'content-type': 'application/json', 'x-authorization': restKey };
    const targets = Object.entries(apiKeys).map(([name, apiKey]) => {
      const identity = { base, account: apiKey };
      return { name, apiKey, identity, timelines: everyCall(identity, callsPerSecond) };
    });
    const callTo = (apiKey: string) => ({
      method: 'POST' as const,
      url: { base, path: `/1.0/${apiKey}/data/users` },
      headers,
    });
    return {
      traits: { repeat: 'set', carries: 'changed', unknownContacts: 'ignored', refuses: 'calls' },
      limits: limitsOf(settings),
      targets,
      attributes: { types: sentAs, faults: mappingFaults, rule: attributeRule, faultTogether: tagsFault },
      identifier: { fault: identifierFault, faultOfField: identifierFieldFault },
      call: (sending) => ({ ...callTo(apiKeys[sending.target.name]!), body: buildBody(sending) }),
      judge: ({ target }, answer) => judge(target.name, answer),
      // An empty array: Batch looks at the keys before the body, so its complaint about the body says that the keys are good.
      probes: targets.map((target) => ({
        target,
        call: { ...callTo(target.apiKey), body: '[]' },
        judge: (answer) => judgeProbe(target.name, answer),
      })),
    };
  },
});
