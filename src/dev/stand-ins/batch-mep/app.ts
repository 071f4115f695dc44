import type { UserUpdate, Write } from './rules.js';
import type { Value } from './values.js';

export type ContactValues = Record<string, Value>;

/** What inspection tells of one app. */
export interface AppStats {
  /** Requests by the status that left; `none` where the connection ended without an answer. */
  requests: Record<string, number>;
  /** Users in accepted calls, each as often as it was sent. */
  usersAccepted: number;
  attributesAccepted: number;
  /** Applied updates for custom IDs that the app did not know, and how many distinct ones there were. */
  unknownWrites: number;
  unknownIds: number;
  /** Contacts that came into being by an update: none unless unknown ones are kept. */
  created: number;
  /** Contacts that the app knows. */
  contacts: number;
}

export interface AppOptions {
  /** Custom IDs that exist from the start; more can be added by inspection. Default: none. */
  contacts?: string[];
  /** Whether the app's plan includes custom data; if not, calls are refused with API_MISUSE. Default: true. */
  feature?: boolean;
}

/** One app behind one API key: its contacts, apart from those of every other key. */
export class App {
  readonly hasFeature: boolean;
  private readonly keepUnknown: boolean;
  /** A contact without values is null: most of a million contacts may never get one. */
  private readonly valuesById = new Map<string, ContactValues | null>();
  private readonly unknownIds = new Set<string>();
  private readonly counts = { usersAccepted: 0, attributesAccepted: 0, unknownWrites: 0, created: 0 };
  private readonly requests: Record<string, number> = {};

  constructor(options: AppOptions, keepUnknown: boolean) {
    this.hasFeature = options.feature ?? true;
    this.keepUnknown = keepUnknown;
    for (const id of options.contacts ?? []) this.addContact(id);
  }

  /** Makes a contact exist; one that exists keeps its values. */
  addContact(id: string): void {
    if (!this.valuesById.has(id)) this.valuesById.set(id, null);
  }

  /** The contact's values, empty when it has none; undefined when the app does not know it. */
  valuesOf(id: string): ContactValues | undefined {
    const values = this.valuesById.get(id);
    return values === null ? {} : values;
  }

  *contacts(): Generator<{ id: string; values: ContactValues }> {
    for (const [id, values] of this.valuesById) yield { id, values: values ?? {} };
  }

  countAnswer(status: number | null): void {
    const key = String(status ?? 'none');
    this.requests[key] = (this.requests[key] ?? 0) + 1;
  }

  countAccepted(users: number, attributes: number): void {
    this.counts.usersAccepted += users;
    this.counts.attributesAccepted += attributes;
  }

  /** Applies an accepted write, user by user in the order of the call. */
  apply(write: Write): void {
    if (write.kind === 'update') for (const user of write.users) this.update(user);
    else for (const id of write.ids) if (this.valuesById.has(id)) this.valuesById.set(id, null);
  }

  stats(): AppStats {
    return {
      requests: { ...this.requests },
      ...this.counts,
      unknownIds: this.unknownIds.size,
      contacts: this.valuesById.size,
    };
  }

  private update(user: UserUpdate): void {
    const known = this.valuesById.get(user.id);
    if (known === undefined) {
      this.counts.unknownWrites += 1;
      this.unknownIds.add(user.id);
      if (!this.keepUnknown) return;
      this.counts.created += 1;
    }
    this.valuesById.set(user.id, merge(user.overwrite ? null : (known ?? null), user.values));
  }
}

function merge(known: ContactValues | null, update: UserUpdate['values']): ContactValues {
  const values = known ?? {};
  for (const [key, value] of Object.entries(update)) {
    if (value === null) Reflect.deleteProperty(values, key);
    else values[key] = value;
  }
  return values;
}
