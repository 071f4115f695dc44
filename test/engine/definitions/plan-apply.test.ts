import { describe, expect, test } from 'vitest';
import type { AttributeMapping, Definitions } from '../../../src/activation/definitions.js';
import { type Applied, type AppliedActivation, planApply } from '../../../src/engine/definitions/plan-apply.js';
import { definitionsOf } from '../engine-fixture.js';

const before = definitionsOf('loyalty');

function applied(definitions: Definitions, removed: AppliedActivation[] = []): Applied {
  const activations = Object.keys(definitions.activations).map((name) => ({
    name,
    isRemoved: false,
    contacts: 120,
    definitions,
  }));
  return { version: 3, definitions, activations: [...activations, ...removed] };
}

/** `before` with a change made to it. */
function changed(change: (definitions: Definitions, activation: Definitions['activations'][string]) => void) {
  const next = structuredClone(before);
  change(next, next.activations['loyalty']!);
  return next;
}

function renamed(previousName: string, name: string): Definitions {
  const next = definitionsOf(name);
  next.activations[name]!.previousName = previousName;
  return next;
}

const mapping = (attribute: string, differences: Partial<AttributeMapping> = {}): AttributeMapping => ({
  attribute,
  field: attribute,
  onTooLong: 'leave-out',
  onNotFinite: 'leave-out',
  onNull: 'clear',
  ...differences,
});

test('the first apply adds everything, and nobody knows yet how much that is', () => {
  const empty = { sources: {}, segments: {}, destinations: {}, activations: {}, alertChannels: {} };
  expect(planApply({ version: null, definitions: empty, activations: [] }, before)).toEqual({
    basedOnVersion: null,
    storesVersion: true,
    changes: [{ kind: 'added', name: 'loyalty', cost: { kind: 'everything', contacts: null, because: 'first run' } }],
  });
});

test('applying the same definitions changes nothing, in whatever order their keys stand', () => {
  const reordered = Object.fromEntries(Object.entries(before).reverse()) as unknown as Definitions;
  expect(planApply(applied(before), reordered)).toEqual({ basedOnVersion: 3, storesVersion: false, changes: [] });
});

test('a key that is undefined is no change', () => {
  const next = changed((_, activation) => Object.assign(activation, { resyncEveryMs: undefined }));
  expect(planApply(applied(before), next)).toEqual({ basedOnVersion: 3, storesVersion: false, changes: [] });
});

test('a segment that no activation uses is stored and changes none', () => {
  const next = changed((definitions) => {
    definitions.segments['unused'] = { name: 'unused', source: 'warehouse', sql: 'select 1' };
  });
  expect(planApply(applied(before), next)).toEqual({ basedOnVersion: 3, storesVersion: true, changes: [] });
});

test('a channel of alerts is stored and changes no activation', () => {
  const next = changed((definitions) => {
    definitions.alertChannels['crm'] = { name: 'crm', type: 'slack', url: '${SLACK_WEBHOOK_URL}' };
  });
  expect(planApply(applied(before), next)).toEqual({ basedOnVersion: 3, storesVersion: true, changes: [] });
});

describe('what a change costs', () => {
  const nothing = { kind: 'nothing' };
  const unknown = (because: string) => ({ kind: 'unknown', because });
  const everything = (because: string) => ({ kind: 'everything', contacts: 120, because });
  const attributes = (...names: string[]) => ({ kind: 'attributes', attributes: names, contacts: 120 });

  test.each<[string, string[], object, Parameters<typeof changed>[0]]>([
    [
      'another query sends what differs',
      ['SQL of the segment: changed'],
      unknown('the query'),
      (definitions) => (definitions.segments['everybody']!.sql = 'select * from customers'),
    ],
    [
      'another address of the source sends what differs',
      ['connection of the source: changed'],
      unknown('the source'),
      (definitions) => (definitions.sources['warehouse']!.settings = { url: '${REPLICA_URL}' }),
    ],
    [
      'another schedule sends nothing',
      ['schedule: changed', 'resync: changed'],
      nothing,
      (_, activation) => {
        activation.schedule = [{ kind: 'every', everyMs: 60_000, timezone: 'UTC' }];
        activation.resyncEveryMs = 86_400_000;
      },
    ],
    [
      'other guards, intervals of repeats and alerts send nothing',
      ['guards: changed', 'retryRejected: changed', 'alerts: changed'],
      nothing,
      (_, activation) => {
        activation.guards = { ...activation.guards, gonePercent: 30 };
        activation.retryRejectedAfterMs = [0];
        activation.alerts = { ...activation.alerts, staleAfterMs: 7_200_000 };
      },
    ],
    [
      'other settings of the destination send nothing',
      ['settings of the destination: changed'],
      nothing,
      (definitions) => (definitions.destinations['app']!.settings['chunkSize'] = 500),
    ],
    [
      'an added attribute is sent for all contacts, alone',
      ['attribute city: added'],
      attributes('city'),
      (_, activation) => activation.attributes.push(mapping('city')),
    ],
    [
      'an attribute of another type or policy is sent again',
      ['attribute tier: type or policy'],
      attributes('tier'),
      (_, activation) => (activation.attributes = [mapping('tier', { onNull: 'skip' })]),
    ],
    [
      'a removed attribute sends nothing',
      ['attribute tier: removed'],
      nothing,
      (_, activation) => (activation.attributes = []),
    ],
    [
      'a renamed attribute is an added one',
      ['attribute level: added', 'attribute tier: removed'],
      attributes('level'),
      (_, activation) => (activation.attributes = [mapping('level', { field: 'tier' })]),
    ],
    [
      'an attribute of another field sends what differs',
      ['field of attribute tier: tier → rank'],
      unknown('the other field'),
      (_, activation) => (activation.attributes = [mapping('tier', { field: 'rank' })]),
    ],
    [
      'another identifier sends everything',
      ['identifier: email → external_id'],
      everything('another identifier'),
      (_, activation) => (activation.identifier = 'external_id'),
    ],
    [
      'a new target sends everything',
      ['settings of the destination: changed'],
      everything('a new target: web'),
      (definitions) =>
        (definitions.destinations['app']!.settings['apiKeys'] = { ios: '${IOS_KEY}', web: '${WEB_KEY}' }),
    ],
    [
      'a target that is taken away sends nothing',
      ['settings of the destination: changed'],
      nothing,
      (definitions) => (definitions.destinations['app']!.settings['apiKeys'] = { ios: '${IOS_KEY}' }),
    ],
    [
      'another destination sends everything',
      ['destination: app → other'],
      everything('another destination'),
      (definitions, activation) => {
        definitions.destinations['other'] = { ...definitions.destinations['app']!, name: 'other' };
        activation.destination = 'other';
      },
    ],
  ])('%s', (_, what, cost, change) => {
    const { changes } = planApply(applied(before), changed(change));
    expect(changes).toEqual([{ kind: 'changed', name: 'loyalty', what, cost }]);
  });
});

test('an activation that is gone from the definitions is removed', () => {
  expect(planApply(applied(definitionsOf('loyalty', 'winback')), before).changes).toEqual([
    { kind: 'removed', name: 'winback' },
  ]);
});

test('an activation that comes back uses its snapshot again, and costs what changed since', () => {
  const removed = [{ name: 'winback', isRemoved: true, contacts: 7, definitions: definitionsOf('winback') }];
  const next = definitionsOf('loyalty', 'winback');
  next.activations['winback']!.identifier = 'external_id';
  expect(planApply(applied(before, removed), next).changes).toEqual([
    {
      kind: 'revived',
      name: 'winback',
      what: ['identifier: email → external_id'],
      cost: { kind: 'everything', contacts: 7, because: 'another identifier' },
    },
  ]);
});

describe('previousName', () => {
  test('renames without a resend', () => {
    expect(planApply(applied(before), renamed('loyalty', 'fidelity')).changes).toEqual([
      { kind: 'renamed', name: 'fidelity', previousName: 'loyalty', what: [], cost: { kind: 'nothing' } },
    ]);
  });

  test('says nothing once the rename is done', () => {
    expect(planApply(applied(definitionsOf('fidelity')), renamed('loyalty', 'fidelity')).changes).toEqual([
      // previousName itself is stored; the activation stays as it is.
    ]);
  });

  test('of an activation that was never applied is a first apply', () => {
    expect(planApply(applied(before), { ...renamed('unknown', 'fidelity') }).changes).toMatchObject([
      { kind: 'added', name: 'fidelity' },
      { kind: 'removed', name: 'loyalty' },
    ]);
  });

  const refusal = (state: Applied, next: Definitions) => {
    try {
      planApply(state, next);
    } catch (error) {
      const { code, message, remedy } = error as { code: string; message: string; remedy: string };
      return `${code}: ${message} ${remedy}`;
    }
    return 'accepted';
  };

  test('is refused while both are applied', () => {
    const state = applied(definitionsOf('loyalty', 'fidelity'));
    expect(refusal(state, renamed('loyalty', 'fidelity'))).toMatchInlineSnapshot(
      `"ConfigInvalid: Activation "fidelity" cannot take the place of "loyalty", its previousName: both are applied. Remove previousName: "loyalty" is then removed, and "fidelity" goes on."`,
    );
  });

  test('is refused while the old one is still defined', () => {
    const next = renamed('loyalty', 'fidelity');
    next.activations['loyalty'] = before.activations['loyalty']!;
    expect(refusal(applied(before), next)).toMatchInlineSnapshot(
      `"ConfigInvalid: Activation "fidelity" cannot take the place of "loyalty", its previousName: "loyalty" is still defined. Remove previousName, or the activation "loyalty"."`,
    );
  });

  test('is refused for a name that was used and removed', () => {
    const removed = { name: 'fidelity', isRemoved: true, contacts: 7, definitions: definitionsOf('fidelity') };
    expect(refusal(applied(before, [removed]), renamed('loyalty', 'fidelity'))).toMatchInlineSnapshot(
      `"ConfigInvalid: Activation "fidelity" cannot take the place of "loyalty", its previousName: an activation "fidelity" existed before, and keeps its history. Choose another name."`,
    );
  });

  test('is refused when two activations say the same', () => {
    const next = renamed('loyalty', 'fidelity');
    next.activations['second'] = { ...next.activations['fidelity']!, name: 'second' };
    expect(refusal(applied(before), next)).toMatchInlineSnapshot(
      `"ConfigInvalid: Activation "second" cannot take the place of "loyalty", its previousName: "fidelity" says the same. Keep previousName at one of them: the other starts anew."`,
    );
  });
});
