import { encodeField } from '../../../src/lines/format.js';
import type { AttributeMapping } from '../../../src/activation/definitions.js';
import type { Layout } from '../../../src/activation/layout.js';
import type { AttributeRule } from '../../../src/activation/rendering.js';
import { attributeRule } from '../../../src/destinations/batch-mep/attribute-rule.js';
import type { Content } from './contents.js';
import type { Edit, Poison } from './program.js';
import { columnOf } from '../../sources/postgres/column.js';

export const apps = ['ios', 'android'] as const;
export type App = (typeof apps)[number];

/** Identifiers whose escaped order, UTF-16 order or validity differ from what one would expect. */
const identifiers: (string | null)[] = ['a\tb', 'aA', 'a\\b', 'b', '\\N', '\uFF21', '😀', '李', '', 'null', null];

interface ColumnKind {
  mapping: Partial<AttributeMapping>;
  type: string;
  values: (string | null)[];
}

const long = 'x'.repeat(70);

/** Some send the same attribute in another way: a mapping has one of them at a time. */
const kinds: ColumnKind[] = [
  {
    mapping: { attribute: 'name' },
    type: 'text',
    values: ['A', 'B', null, '', long, 'tab\there', 'back\\slash', '\\N', 'Zoë'],
  },
  {
    mapping: { attribute: 'tier', onTooLong: 'clear' },
    type: 'text',
    values: ['A', 'B', null, long, `${long}2`, '', 'C', 'D', 'E'],
  },
  {
    mapping: { attribute: 'score' },
    type: 'numeric',
    values: ['1', '1.0', '1.00', '2', 'NaN', '9007199254740993', null, '-3', '4'],
  },
  {
    mapping: { attribute: 'seen', onNull: 'skip' },
    type: 'timestamp with time zone',
    values: [
      '2026-01-01 00:00:00+00',
      '2026-01-02 00:00:00+00',
      null,
      'infinity',
      '0044-03-15 00:00:00+00 BC',
      '2026-01-01 00:00:00.5+00',
      '2026-01-03 00:00:00+00',
      null,
      '2026-01-04 00:00:00+00',
    ],
  },
  {
    mapping: { attribute: 'tags' },
    type: 'text[]',
    values: ['{}', '{a}', '{a,b}', '{a,NULL,b}', null, `{${long}}`, '{"x y"}', '{b}', '{c}'],
  },
  { mapping: { attribute: 'flag' }, type: 'boolean', values: ['t', 'f', null, 't', 'f', 't', 'f', 't', 'f'] },
  {
    mapping: { attribute: 'nick', onTooLong: 'truncate', onNull: 'skip' },
    type: 'text',
    values: ['A', 'B', null, long, `${long}2`, '', 'C', null, 'D'],
  },
  {
    mapping: { attribute: 'tier', onTooLong: 'truncate' },
    type: 'text',
    values: ['A', 'B', null, long, `${long}2`, '', 'C', 'D', 'E'],
  },
  {
    mapping: { attribute: 'score', type: 'string' },
    type: 'numeric',
    values: ['1', '1.0', '1.00', '2', 'NaN', '9007199254740993', null, '-3', '4'],
  },
];

interface Row {
  identifier: string | null;
  values: (string | null)[];
}

/** What an activation sends: its columns by number, their rules and the layout of their lines. */
export interface Mapping {
  columns: number[];
  rules: AttributeRule[];
  layout: Layout;
}

export function mappingOf(wanted: readonly number[]): Mapping {
  const attributeOf = (column: number) => kinds[column]!.mapping.attribute!;
  const columns = wanted.filter(
    (column, i) => wanted.findIndex((other) => attributeOf(other) === attributeOf(column)) === i,
  );
  const rules = columns.map((column) => attributeRule(fullMapping(kinds[column]!), columnOf(kinds[column]!.type)));
  return {
    columns: [...columns],
    rules,
    layout: {
      identifier: 'id',
      columns: columns.map((column, i) => ({
        attribute: attributeOf(column),
        type: kinds[column]!.type,
        kind: columnOf(kinds[column]!.type).kind!,
        rendering: rules[i]!.rendering,
      })),
    },
  };
}

/** A plain model of the source. */
export class SourceModel {
  private rows: Row[] = [];

  edit(edit: Edit): void {
    const identifier = identifiers[edit.key]!;
    const found = this.rows.findIndex((row) => row.identifier === identifier);
    switch (edit.row) {
      case 'put':
        if (found >= 0) this.rows[found]!.values[edit.column] = kinds[edit.column]!.values[edit.value]!;
        return;
      case 'add':
        if (found < 0)
          this.rows.push({ identifier, values: edit.values.map((value, column) => kinds[column]!.values[value]!) });
        return;
      case 'remove':
        this.rows = this.rows.filter((row) => row.identifier !== identifier);
        return;
      case 'duplicate': {
        if (found < 0) return;
        const values = [...this.rows[found]!.values];
        values[edit.column] = kinds[edit.column]!.values[edit.value]!;
        this.rows.push({ identifier, values });
      }
    }
  }

  get rowCount(): number {
    return this.rows.length;
  }

  /** Of all rows. */
  get identifiers(): (string | null)[] {
    return this.rows.map(({ identifier }) => identifier);
  }

  /** Valid contacts and their values, all columns. */
  contacts(): Map<string, (string | null)[]> {
    const counts = new Map<string | null, number>();
    for (const row of this.rows) counts.set(row.identifier, (counts.get(row.identifier) ?? 0) + 1);
    return new Map(
      this.rows
        .filter(({ identifier }) => !['', 'null', null].includes(identifier) && counts.get(identifier) === 1)
        .map(({ identifier, values }) => [identifier!, values]),
    );
  }

  /** As PostgreSQL would send it: lines of COPY text in the order of the identifier's bytes, nulls last. */
  lines(mapping: Mapping): Buffer {
    const sorted = this.rows
      .map((row, at) => ({ row, at, key: row.identifier === null ? null : Buffer.from(row.identifier) }))
      .sort((a, b) => {
        if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
        return a.key.compare(b.key) || a.at - b.at;
      });
    return Buffer.from(
      sorted
        .map(
          ({ row }) =>
            `${[row.identifier, ...mapping.columns.map((column) => row.values[column]!)].map(encodeField).join('\t')}\n`,
        )
        .join(''),
    );
  }
}

/** A plain model of the destination: contact, attribute, JSON text; a state for each app, and what it refuses. */
export class DestinationModel {
  private readonly state = {
    ios: new Map<string, Map<string, string>>(),
    android: new Map<string, Map<string, string>>(),
  };

  private readonly poisons = new Map<
    string,
    { by: readonly App[]; only?: { value: Content[number]; alone: boolean } | undefined }
  >();

  poison({ key, by, only }: Poison): void {
    const value = only && writtenAs(only);
    if (only && value === undefined) return; // one that is never sent
    this.poisons.set(identifiers[key] ?? '', { by, ...(only && value && { only: { value, alone: only.alone } }) });
  }

  cure(key: number): void {
    this.poisons.delete(identifiers[key] ?? '');
  }

  cureAll(): void {
    this.poisons.clear();
  }

  /** What the app refuses of this content: all of it, one attribute by its key, or nothing. */
  refusalOf(app: App, identifier: string, content: Content): 'all' | { key: string } | undefined {
    const poison = this.poisons.get(identifier);
    if (poison === undefined || !poison.by.includes(app)) return undefined;
    const { only } = poison;
    if (only === undefined) return 'all';
    const [refusedKey, refusedJson] = only.value;
    if (!content.some(([key, json]) => key === refusedKey && json === refusedJson)) return undefined;
    return only.alone ? { key: refusedKey } : 'all';
  }

  set(app: App, identifier: string, attribute: string, json: string): void {
    const contact = this.state[app].get(identifier) ?? new Map<string, string>();
    contact.set(attribute, json);
    this.state[app].set(identifier, contact);
  }

  get(app: App, identifier: string, attribute: string): string | undefined {
    return this.state[app].get(identifier)?.get(attribute);
  }
}

/** What a request says of this value, or undefined when it says nothing of it. */
function writtenAs({ column, value }: { column: number; value: number }): Content[number] | undefined {
  const kind = kinds[column]!;
  const rule = attributeRule(fullMapping(kind), columnOf(kind.type));
  const rendered = rule.render(kind.values[value]!);
  return rendered.verdict === 'send' ? [rule.key, rendered.json] : undefined;
}

function fullMapping(kind: ColumnKind): AttributeMapping {
  return {
    field: kind.mapping.attribute!,
    onTooLong: 'leave-out',
    onNotFinite: 'leave-out',
    onNull: 'clear',
    attribute: '',
    ...kind.mapping,
  };
}
