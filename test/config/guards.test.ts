import { describe, expect, test } from 'vitest';
import { defaultGuards } from '../../src/activation/guards.js';
import { activation, faultsOf, parsed, written } from './written.js';

const guardsOf = (own: string, defaults = '') =>
  parsed(written({ activation: activation(own), more: defaults })).activations.loyalty!.guards;

describe('guards', () => {
  test('are those of Outflow where nothing is written', () => {
    expect(guardsOf('')).toEqual(defaultGuards);
  });

  test('can be said for all activations', () => {
    const defaults =
      'defaults: { guards: { emptySegment: off, gone: 30%, nulled: 20%, changed: 2.5%, duplicates: off } }';
    expect(guardsOf('', defaults)).toEqual({
      emptySegment: false,
      gonePercent: 30,
      nulledPercent: 20,
      changedPercent: 2.5,
      duplicatesPercent: null,
    });
  });

  test('of an activation go before the defaults, and those before the ones of Outflow, one by one', () => {
    expect(
      guardsOf(', guards: { gone: 80%, nulled: off }', 'defaults: { guards: { nulled: 20%, changed: 2.5% } }'),
    ).toEqual({ emptySegment: true, gonePercent: 80, nulledPercent: null, changedPercent: 2.5, duplicatesPercent: 5 });
  });

  test('of an activation may be on again where the defaults turn them off', () => {
    const defaults = 'defaults: { guards: { emptySegment: off, duplicates: off } }';
    expect(guardsOf('', defaults)).toMatchObject({ emptySegment: false, duplicatesPercent: null });
    expect(guardsOf(', guards: { emptySegment: on, duplicates: 100% }', defaults)).toMatchObject({
      emptySegment: true,
      duplicatesPercent: 100,
    });
  });

  test('take true and false for on and off', () => {
    expect(guardsOf(', guards: { emptySegment: false, gone: false }')).toMatchObject({
      emptySegment: false,
      gonePercent: null,
    });
    expect(guardsOf(', guards: { emptySegment: true }', 'defaults: { guards: { emptySegment: off } }')).toMatchObject({
      emptySegment: true,
    });
  });

  test('mean the same in whatever order and form they are written', () => {
    const one = guardsOf(', guards: { changed: 5%, gone: off }');
    const other = guardsOf(', guards: { gone: false, changed: "5.0%", nulled: 50% }');
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
  });

  test('that are no percentages are refused', () => {
    const settings = ', guards: { emptySegment: 50%, gone: 50, nulled: 0%, changed: 100.5%, duplicates: }';
    expect(faultsOf(written({ activation: activation(settings) }))).toMatchInlineSnapshot(`
      "outflow.yaml has 5 faults:
      outflow.yaml:8 activations.loyalty.guards.emptySegment: must be on or off. Write on or off.
      outflow.yaml:8 activations.loyalty.guards.gone: must be off or a percentage above 0% and up to 100%. Write off, or for example 50%.
      outflow.yaml:8 activations.loyalty.guards.nulled: must be off or a percentage above 0% and up to 100%. Write off, or for example 50%.
      outflow.yaml:8 activations.loyalty.guards.changed: must be off or a percentage above 0% and up to 100%. Write off, or for example 20%.
      outflow.yaml:8 activations.loyalty.guards.duplicates: has no value. Write off, or for example 5%."
    `);
    expect(faultsOf(written({ activation: activation(', guards: { gone: -5% }') }))).toContain(
      'loyalty.guards.gone: must',
    );
    expect(faultsOf(written({ activation: activation(', guards: { gone: on }') }))).toContain(
      'loyalty.guards.gone: must',
    );
  });

  test('with faults are told where they stand', () => {
    const more = 'defaults:\n  guards:\n    gone: half\n    nuled: 20%\n  retry: []\n';
    expect(faultsOf(written({ more }))).toMatchInlineSnapshot(`
      "outflow.yaml has 3 faults:
      outflow.yaml:11 defaults.guards.gone: must be off or a percentage above 0% and up to 100%. Write off, or for example 50%.
      outflow.yaml:12 defaults.guards.nuled: is not known here. Did you mean nulled?
      outflow.yaml:13 defaults.retry: is not known here. Known here: guards, retryRejected."
    `);
  });
});

describe('the intervals after which a refused contact is sent again', () => {
  const intervalsOf = (own: string, defaults = '') =>
    parsed(written({ activation: activation(own), more: defaults })).activations.loyalty!.retryRejectedAfterMs;

  test('are those of the activation, else of the defaults, else of Outflow', () => {
    expect(intervalsOf('')).toEqual([0, 3_600_000, 21_600_000, 86_400_000]);
    expect(intervalsOf('', 'defaults: { retryRejected: [1h] }')).toEqual([3_600_000]);
    expect(intervalsOf(', retryRejected: [next-run, next-run, 10m]', 'defaults: { retryRejected: [1h] }')).toEqual([
      0, 0, 600_000,
    ]);
  });

  test.each([
    ['[]', 'retryRejected: must be a list of 1 to 10 intervals.'],
    ['[1h, 1h, 1h, 1h, 1h, 1h, 1h, 1h, 1h, 1h, 1h]', 'retryRejected: must be a list of 1 to 10 intervals.'],
    ['1h', 'retryRejected: must be a list of 1 to 10 intervals.'],
    ['[1h, next-run]', 'retryRejected[1]: is shorter than the interval before it. Write them from the shortest'],
    ['[next-run, 5]', 'retryRejected[1]: must be next-run or a duration from 1s to 366d.'],
    ['[0s]', 'retryRejected[0]: must be next-run or a duration from 1s to 366d.'],
    ['[next]', 'retryRejected[0]: must be next-run or a duration from 1s to 366d.'],
  ])('are not %s', (list, fault) => {
    expect(faultsOf(written({ activation: activation(`, retryRejected: ${list}`) }))).toContain(
      `outflow.yaml:8 activations.loyalty.${fault}`,
    );
  });
});
