import { isReference, replaceReferences } from './references.js';

export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//i.test(text) && URL.canParse(text);
}

/** An http(s) URL that carries no credentials, query or fragment. */
export function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '');
}

/** An http(s) URL that carries no credentials. Its path and query may say who calls. */
export function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/** The URL of a server that takes e-mail, such as `smtps://user:password@smtp.example.com`. */
export function isSmtpUrl(text: string): boolean {
  return /^smtps?:\/\/[^/?#]/i.test(text) && URL.canParse(text) && new URL(text).hostname !== '';
}

/**
 * A URL with a value in the place of each `${VAR}`, to look at its form. A digit is a valid part of a host, a port, a
 * user and a path.
 */
export function withPlaceholders(text: string): string {
  return replaceReferences(text, () => '1');
}

/**
 * Whether a URL holds a password in clear: after the first colon of what stands before the last `@`, or as a parameter
 * named `password`. An unencoded slash in a password does not hide it.
 */
export function holdsPassword(url: string): boolean {
  const [address = '', query = ''] = url.split('?', 2);
  const userInfo = /^[a-z]+:\/\/(.*)@/is.exec(address)?.[1] ?? '';
  const password = userInfo.includes(':') ? userInfo.slice(userInfo.indexOf(':') + 1) : '';
  const parameters = Array.from(query.matchAll(/(?:^|&)(?:ssl)?password=([^&]*)/gi), (match) => match[1]!);
  return [password, ...parameters].some((text) => text !== '' && !isReference(text));
}
