import type { z } from 'zod';
import type { Definitions } from '../activation/definitions.js';
import { activationShape } from './activation-shape.js';
import { alertsShape } from './alerts-shape.js';
import { crossFindings } from './cross-checks.js';
import { defaultsShape } from './defaults-shape.js';
import { destinationShape } from './destination-shape.js';
import { ConfigError, type Fault, type PathStep, pathText } from './faults.js';
import { type Finding, findingsOf, unknownKey } from './issue-faults.js';
import { isMap } from './maps.js';
import { segmentShape } from './segment-shape.js';
import { entityName } from '../schema/shape.js';
import { sourceShape } from './source-shape.js';
import { parseYaml } from './yaml-text.js';

export interface ParsedDefinitions {
  definitions: Definitions;
  /** The line of an entry, for what is found out about it later. */
  lineOf: (path: readonly PathStep[]) => number;
}

/**
 * Checks the text of a file of definitions; `file` is for messages only. The same text gives the same definitions, entry
 * by entry, so that they can be compared as JSON. Throws ConfigError with all faults.
 */
export function parseDefinitions(file: string, text: string): ParsedDefinitions {
  const yaml = parseYaml(file, text);
  if (yaml.value === undefined) throw new ConfigError(file, yaml.faults);
  const { definitions, findings } = checkDefinitions(yaml.value);
  const faults: Fault[] = findings.map(({ path, ...texts }) => ({
    file,
    line: yaml.lineOf(path),
    path: pathText(path),
    ...texts,
  }));
  if (yaml.faults.length + faults.length > 0) throw new ConfigError(file, [...yaml.faults, ...faults]);
  return { definitions, lineOf: yaml.lineOf };
}

/** The sections that every file has, with a name as example. */
const examples = { sources: 'warehouse', segments: 'loyal-customers', destinations: 'app', activations: 'loyalty' };
type Section = keyof typeof examples;

const sectionNames = Object.keys(examples) as Section[];
const optionalSections = ['defaults', 'alerts'];

/** The definitions may be trusted only when there are no findings: else those that have one are left out. */
function checkDefinitions(root: unknown): { definitions: Definitions; findings: Finding[] } {
  const entriesOf = (section: Section) => {
    const entries = isMap(root) ? root[section] : undefined;
    return new Map(isMap(entries) ? Object.entries(entries) : []);
  };
  const written = {
    sources: entriesOf('sources'),
    segments: entriesOf('segments'),
    destinations: entriesOf('destinations'),
    activations: entriesOf('activations'),
  };
  const sources = checkEntries('sources', written.sources, sourceShape);
  const segments = checkEntries('segments', written.segments, segmentShape);
  const destinations = checkEntries('destinations', written.destinations, destinationShape);
  const defaults = checkOptional('defaults', root, defaultsShape);
  const alerts = checkOptional('alerts', root, alertsShape);
  const inherited = {
    guards: defaults.trusted.guards,
    retryRejectedAfterMs: defaults.trusted.retryRejected,
    alerts: alerts.trusted.when,
  };
  const activations = checkEntries('activations', written.activations, activationShape(inherited));
  return {
    definitions: {
      sources: sources.trusted,
      segments: segments.trusted,
      destinations: destinations.trusted,
      activations: activations.trusted,
      alertChannels: alerts.trusted.channels,
    },
    findings: [
      ...rootFindings(root),
      ...[defaults, alerts, sources, segments, destinations, activations].flatMap((section) => section.findings),
      ...crossFindings(written),
    ],
  };
}

function rootFindings(root: unknown): Finding[] {
  if (!isMap(root)) {
    return [{ path: [], message: 'must be a map', remedy: `Write ${sectionNames.join(', ')}.` }];
  }
  const known = [...sectionNames, ...optionalSections];
  const unknown = Object.keys(root).filter((key) => !known.includes(key));
  return [
    ...sectionNames
      .filter((section) => !isMap(root[section]))
      .map((section) => ({
        path: [section],
        message: root[section] === undefined ? 'is missing' : 'must be a map of names',
        remedy: `Write ${section}: {} when there are none.`,
      })),
    ...unknown.map((key) => unknownKey([key], known)),
  ];
}

/** A section that may be left out; one with a fault counts as left out. */
function checkOptional<Shape extends z.ZodType>(section: string, root: unknown, shape: Shape) {
  const written = isMap(root) && Object.hasOwn(root, section) ? root[section] : {};
  const parsed = shape.safeParse(written);
  if (parsed.success) return { trusted: parsed.data, findings: [] };
  return { trusted: shape.parse({}), findings: findingsOf(parsed.error.issues, [section]) };
}

function checkEntries<Shape extends z.ZodType<object>>(section: Section, entries: Map<string, unknown>, shape: Shape) {
  const trusted: Record<string, z.output<Shape> & { name: string }> = {};
  const findings: Finding[] = [];
  for (const [name, entry] of entries) {
    const namedWell = entityName(examples[section]).safeParse(name);
    const parsed = shape.safeParse(entry);
    if (!namedWell.success) findings.push(...findingsOf(namedWell.error.issues, [section, name]));
    if (parsed.success) trusted[name] = { name, ...parsed.data };
    else findings.push(...findingsOf(parsed.error.issues, [section, name]));
  }
  return { trusted, findings };
}
