import { nearestName } from '../activation/nearest-name.js';

/**
 * Why a text names no timezone of the IANA database; undefined when it does. Case counts, because Temporal's server looks
 * for the name as it stands; offsets such as +01:00 are no names.
 */
export function timezoneFault(text: string): { rule: string; remedy: string } | undefined {
  const canonical = canonicalName(text);
  if (canonical !== undefined && /^[A-Z]/.test(text) && !differsInCase(text, canonical)) return undefined;
  const meant = canonical ?? nearestName(text, Intl.supportedValuesOf('timeZone'));
  return {
    rule: `must be the IANA name of a timezone, and ${JSON.stringify(text)} is none`,
    remedy: meant === undefined ? 'Write for example Europe/Paris or UTC.' : `Did you mean ${meant}?`,
  };
}

function canonicalName(text: string): string | undefined {
  if (/^[+-]/.test(text)) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function differsInCase(text: string, canonical: string): boolean {
  return text !== canonical && text.toLowerCase() === canonical.toLowerCase();
}
