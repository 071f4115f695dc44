import { createHash } from 'node:crypto';

/** One request to Batch's routes, as inspection tells it. Custom IDs are hashed: the log can be printed. */
export interface LoggedRequest {
  /** Counts from 1 over all requests. */
  n: number;
  receivedAt: string;
  method: string;
  /** null: the path is none of Batch's. */
  apiKey: string | null;
  /** The status that left; null as long as none did. */
  status: number | null;
  /** `lost`: taken in, but the connection was gone when the answer was to leave. `dropped`: destroyed unjudged. */
  answer: 'pending' | 'held' | 'sent' | 'lost' | 'dropped';
  /** Users and attributes of an accepted call, else 0. */
  users: number;
  attributes: number;
  /** Hashes of the first and the last custom ID of an accepted call. */
  firstId: string | null;
  lastId: string | null;
  bodyBytes: number;
  /** Equal hashes are equal bodies: a chunk that was sent twice. null: the body was not read. */
  bodySha256: string | null;
  /** Only where bodies are kept. */
  body?: string;
}

/** The last requests, oldest first. Entries are changed as their requests go on. */
export class RequestLog {
  private readonly capacity: number;
  private readonly keepBodies: boolean;
  private logged: LoggedRequest[] = [];
  private count = 0;

  constructor(capacity: number, keepBodies: boolean) {
    this.capacity = capacity;
    this.keepBodies = keepBodies;
  }

  add(method: string, apiKey: string | undefined): LoggedRequest {
    this.count += 1;
    const entry: LoggedRequest = {
      n: this.count,
      receivedAt: new Date().toISOString(),
      method,
      apiKey: apiKey ?? null,
      status: null,
      answer: 'pending',
      users: 0,
      attributes: 0,
      firstId: null,
      lastId: null,
      bodyBytes: 0,
      bodySha256: null,
    };
    this.logged.push(entry);
    if (this.logged.length > this.capacity) this.logged.shift();
    return entry;
  }

  recordBody(entry: LoggedRequest, bytes: Buffer): void {
    entry.bodyBytes = bytes.length;
    entry.bodySha256 = createHash('sha256').update(bytes).digest('hex');
    if (this.keepBodies) entry.body = bytes.toString();
  }

  entries(withBodies: boolean): LoggedRequest[] {
    return this.logged.map(({ body, ...entry }) => (withBodies && body !== undefined ? { ...entry, body } : entry));
  }
}

/** A short stand-in for a custom ID in the log. */
export function hashOfId(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 16);
}
