import { openDestination } from '../destinations/registry.js';
import { attributesShape } from './attributes-shape.js';
import { destinationShape } from './destination-shape.js';
import type { Finding } from './issue-faults.js';
import { property } from './maps.js';
import type { WrittenSections } from './written-sections.js';

/** What the destination of each activation refuses of its attributes, as far as both can be read. */
export function mappingFindings({ activations, destinations }: WrittenSections): Finding[] {
  return [...activations].flatMap(([name, entry]) => {
    const written = property(entry, 'attributes');
    const mapping = attributesShape.safeParse(written);
    const destination = destinationShape.safeParse(destinations.get(String(property(entry, 'destination'))));
    if (!mapping.success || !destination.success) return [];
    const { attributes } = openDestination({ name: '', ...destination.data });
    const path = ['activations', name, 'attributes'];
    const placeOf = (attribute: string) =>
      Array.isArray(written) ? mapping.data.findIndex((each) => each.attribute === attribute) : attribute;
    const ofTypes = mapping.data.flatMap(({ attribute, type }): Finding[] => {
      if (type === undefined || attributes.types.includes(type)) return [];
      const message = `must be one of ${attributes.types.join(', ')}`;
      return [{ path: [...path, attribute, 'type'], message, remedy: 'Leave it out for the type of the column.' }];
    });
    const ofMapping = attributes.faults(mapping.data).map(({ attribute, rule, remedy }): Finding => ({
      path: attribute === undefined ? path : [...path, placeOf(attribute)],
      message: rule,
      remedy,
    }));
    return [...ofMapping, ...ofTypes];
  });
}
