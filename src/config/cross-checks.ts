import type { AttributeMapping } from '../activation/definitions.js';
import { openDestination } from '../destinations/registry.js';
import { attributesShape } from './attributes-shape.js';
import { destinationShape } from './destination-shape.js';
import { type Finding, proposal } from './issue-faults.js';
import { property } from './maps.js';
import { mappingFindings } from './mapping-findings.js';
import type { WrittenSections } from './written-sections.js';

/** What entries say of each other. Looks at what is written, so that faults within an entry hide none of these. */
export function crossFindings(written: WrittenSections): Finding[] {
  return [
    ...referenceFindings('segments', written.segments, 'source', written.sources, 'source'),
    ...referenceFindings('activations', written.activations, 'segment', written.segments, 'segment'),
    ...referenceFindings('activations', written.activations, 'destination', written.destinations, 'destination'),
    ...mappingFindings(written),
    ...renameFindings(written.activations),
    ...sharedAttributeFindings(written),
  ];
}

function referenceFindings(
  section: string,
  entries: Map<string, unknown>,
  key: string,
  targets: Map<string, unknown>,
  what: string,
): Finding[] {
  return [...entries].flatMap(([name, entry]) => {
    const target = property(entry, key);
    if (typeof target !== 'string' || targets.has(target)) return [];
    const message = `names ${JSON.stringify(target)}, and there is no ${what} of that name`;
    return [{ path: [section, name, key], message, remedy: proposal(target, [...targets.keys()]) }];
  });
}

function renameFindings(activations: Map<string, unknown>): Finding[] {
  const heirs = new Map<unknown, string>();
  return [...activations].flatMap(([name, entry]) => {
    const previous = property(entry, 'previousName');
    if (typeof previous !== 'string') return [];
    const path = ['activations', name, 'previousName'];
    const heir = heirs.get(previous);
    heirs.set(previous, name);
    if (activations.has(previous))
      return [
        {
          path,
          message: `names ${previous}, which is still an activation of this file`,
          remedy: 'Remove the one or the other.',
        },
      ];
    if (heir !== undefined)
      return [
        {
          path,
          message: `names ${previous}, as activation ${heir} does`,
          remedy: 'An activation is renamed to one other.',
        },
      ];
    return [];
  });
}

interface Writer {
  name: string;
  attributes: AttributeMapping[];
  isShared: boolean;
  /** Where it writes. */
  places: unknown[];
}

/** One finding for each pair of activations: the later says what it shares with the earlier. */
function sharedAttributeFindings({ activations, destinations }: WrittenSections): Finding[] {
  const writers = [...activations].flatMap(([name, entry]) => writerOf(name, entry, destinations));
  return writers.flatMap((writer, i) =>
    writers.slice(0, i).flatMap((earlier) => {
      if ((writer.isShared && earlier.isShared) || !writer.places.some((place) => earlier.places.includes(place)))
        return [];
      const taken = new Set(earlier.attributes.map(({ attribute }) => attribute));
      const both = writer.attributes.map(({ attribute }) => attribute).filter((attribute) => taken.has(attribute));
      if (both.length === 0) return [];
      return [
        {
          path: ['activations', writer.name, 'attributes'],
          message: `writes ${both.join(', ')}, as activation ${earlier.name} does for the same target`,
          remedy: 'Remove it from one, or write sharedAttributes: true in both if each writes contacts of its own.',
        },
      ];
    }),
  );
}

function writerOf(name: string, entry: unknown, destinations: Map<string, unknown>): Writer[] {
  const attributes = attributesShape.safeParse(property(entry, 'attributes'));
  const destination = property(entry, 'destination');
  if (!attributes.success || typeof destination !== 'string') return [];
  const places = [`destination ${destination}`, ...placesOf(destinations.get(destination))];
  return [{ name, attributes: attributes.data, isShared: property(entry, 'sharedAttributes') === true, places }];
}

/** Two destinations with the same key at the same address write to the same contacts. */
function placesOf(entry: unknown): string[] {
  const destination = destinationShape.safeParse(entry);
  if (!destination.success) return [];
  const { targets } = openDestination({ name: '', ...destination.data });
  return targets.map(({ identity: { base, account } }) => `${base} ${account}`);
}
