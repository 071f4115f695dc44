import { readFileSync } from 'node:fs';
import type { TLSSocketOptions } from 'node:tls';
import type pg from 'pg';
import { OutflowError } from '../../activation/errors.js';

const SSL_MODES = ['disable', 'no-verify', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** Parameters of the URL, and what is made of each. Others cannot be honoured. */
const parameters: Record<string, (value: string) => pg.ClientConfig> = {
  host: (host) => ({ host }),
  port: (port) => ({ port: Number(port) }),
  user: (user) => ({ user }),
  password: (password) => ({ password }),
  application_name: (application_name) => ({ application_name }),
  options: (options) => ({ options }),
  connect_timeout: (seconds) => ({ connectionTimeoutMillis: 1000 * Number(seconds) }),
  statement_timeout: (ms) => ({ statement_timeout: Number(ms) }),
  lock_timeout: (ms) => ({ lock_timeout: Number(ms) }),
  idle_in_transaction_session_timeout: (ms) => ({ idle_in_transaction_session_timeout: Number(ms) }),
  query_timeout: (ms) => ({ query_timeout: Number(ms) }),
  channel_binding: (binding) => ({ enableChannelBinding: binding !== 'disable' }),
  // Read together, as `ssl`.
  sslmode: () => ({}),
  sslrootcert: () => ({}),
  sslcert: () => ({}),
  sslkey: () => ({}),
};

/** What the value of a parameter must be. */
const rules: Record<string, [test: (value: string) => boolean, rule: string]> = {
  sslmode: [(mode) => SSL_MODES.includes(mode), `must be one of ${SSL_MODES.join(', ')}`],
  channel_binding: [
    (binding) => ['prefer', 'disable'].includes(binding),
    'must be prefer or disable: Outflow cannot insist on channel binding',
  ],
  port: [isWhole, 'must be a number'],
  connect_timeout: [isWhole, 'must be a number of seconds'],
  statement_timeout: [isWhole, 'must be a number of milliseconds'],
  lock_timeout: [isWhole, 'must be a number of milliseconds'],
  idle_in_transaction_session_timeout: [isWhole, 'must be a number of milliseconds'],
  query_timeout: [isWhole, 'must be a number of milliseconds'],
};

function isWhole(value: string): boolean {
  return /^\d{1,9}$/.test(value);
}

/**
 * How to connect by a source's URL; `source` is its name. Nothing of it is left to the driver, which repeats a URL that it
 * cannot read, and throws what a missing file throws. Throws ConfigInvalid for a URL that can be read in two ways, or says
 * what cannot be honoured, and SourceRejectedLogin for a file that cannot be read; neither repeats a part that may be secret.
 */
export function readUrl(source: string, text: string): pg.ClientConfig {
  const url = parse(source, text);
  const query = [...url.searchParams];
  for (const [name, value] of query) {
    if (!Object.hasOwn(parameters, name)) {
      const shown = /^[a-z_]{1,40}$/.test(name) ? `the parameter ${name}` : 'a parameter';
      throw invalid(source, `has ${shown}, which Outflow does not know`, `Leave it out; known are ${known()}.`);
    }
    const [test, rule] = rules[name] ?? [() => true, ''];
    if (!test(value)) throw invalid(source, `has a parameter ${name} that ${rule}`, 'Correct it there.');
  }
  const database = decodeURIComponent(url.pathname.slice(1));
  return {
    ...(url.hostname !== '' && { host: decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1') }),
    ...(url.port !== '' && { port: Number(url.port) }),
    ...(url.username !== '' && { user: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
    ...(database !== '' && { database }),
    ...(Object.assign({}, ...query.map(([name, value]) => parameters[name]!(value))) as pg.ClientConfig),
    ...readSsl(source, url.searchParams),
  };
}

/** Characters that a password may hold and that end the part of a URL in which they stand. */
const encodings = '@ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25 and a blank as %20';

function parse(source: string, text: string): URL {
  const [, authority, rest] = /^postgres(?:ql)?:\/\/([^/?#]*)(.*)$/is.exec(text) ?? [];
  const isDoubtful =
    authority === undefined ||
    rest!.includes('@') ||
    rest!.includes('#') ||
    /[\s\p{Cc}]/u.test(text) ||
    /%(?![0-9a-f]{2})/i.test(text) ||
    !isDecodable(text);
  // A host has none of these, so that the last @ of what stands before the first slash ends the password.
  const host = authority?.slice(authority.lastIndexOf('@') + 1) ?? '';
  const isHost = /^([\w.%-]*|\[[\da-f:.]+\])(:\d*)?$/i.test(host);
  // The URL of a server's socket has no host, which URLs of this kind only have together with neither user nor port.
  const whole = host === '' && authority !== '' ? text.replace('@', '@socket') : text;
  if (isDoubtful || !isHost || !URL.canParse(whole)) {
    throw invalid(
      source,
      'cannot be read without doubt',
      `Write it as postgres://user:password@host:5432/database; in the user and the password write ${encodings}.`,
    );
  }
  const url = new URL(whole);
  if (whole !== text) url.host = '';
  return url;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function readSsl(source: string, query: URLSearchParams): { ssl?: false | TLSSocketOptions } {
  const mode = query.get('sslmode');
  if (mode === 'disable') return { ssl: false };
  const files = { ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' } as const;
  const ssl: Record<string, unknown> = mode === 'no-verify' ? { rejectUnauthorized: false } : {};
  for (const [option, parameter] of Object.entries(files)) {
    const path = query.get(parameter);
    if (path !== null) ssl[option] = readFile(source, parameter, path);
  }
  return mode === null && Object.keys(ssl).length === 0 ? {} : { ssl };
}

function readFile(source: string, parameter: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new OutflowError(
      'SourceRejectedLogin',
      `Source ${source} cannot be connected to: ${parameter} of its URL names ${path}, which cannot be read (${code}).`,
      'Put the file there, for the worker and for whoever runs `outflow check`, or correct the path.',
      'configuration',
    );
  }
}

function known(): string {
  return Object.keys(parameters).join(', ');
}

function invalid(source: string, what: string, remedy: string): OutflowError {
  return new OutflowError(
    'ConfigInvalid',
    `The URL of source ${source}, with the values of its variables, ${what}`,
    remedy,
  );
}
