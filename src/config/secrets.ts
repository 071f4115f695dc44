import type { AlertChannelDefinition, EmailChannel, SlackChannel, WebhookChannel } from '../activation/alerts.js';
import type { Definitions, DestinationDefinition, SourceDefinition } from '../activation/definitions.js';
import { OutflowError } from '../activation/errors.js';
import type { Environment } from './environment.js';
import { referencesIn, replaceReferences } from '../schema/references.js';
import { isHttpUrl, isSmtpUrl, isWebhookUrl } from '../schema/urls.js';
import type { OpenableSource } from '../sources/kept-sources.js';

/** A variable that the definitions refer to and that is not set. */
export interface MissingSecret {
  variable: string;
  /** Where it is referred to: `destinations.app.apiKeys.ios`, step by step. */
  path: string[];
}

/** Every variable that definitions refer to and that is not set, once for each place. */
export function missingSecrets(
  definitions: Pick<Definitions, 'sources' | 'destinations' | 'alertChannels'>,
  environment: Environment,
): MissingSecret[] {
  return [
    ...Object.values(definitions.sources).flatMap(textsOfSource),
    ...Object.values(definitions.destinations).flatMap(textsOfDestination),
    ...Object.values(definitions.alertChannels).flatMap(textsOfChannel),
  ].flatMap(({ path, text }) => missingIn(text, path, environment));
}

/** A source's settings with the values of their variables in place: secret. Throws SecretMissing, naming all that are. */
export function openableSource(source: SourceDefinition, environment: Environment): OpenableSource {
  requireAll(`Source ${source.name}`, textsOfSource(source), environment);
  const settings = mapTexts(source.settings, (text) => expandText(text, environment));
  return { name: source.name, type: source.type, settings: settings as Record<string, unknown> };
}

/** A URL keeps its parts whatever the values in it are; any other text takes them as they are. */
function expandText(text: string, environment: Environment): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return expandUrl(text, environment);
  return replaceReferences(text, (variable) => environment.values.get(variable)!);
}

/** Bounds of a secret, by Standard Webhooks. */
const MIN_SIGNING_KEY_BYTES = 24;
const MAX_SIGNING_KEY_BYTES = 64;

/** Fills in what a destination's calls refer to. What it gives back is secret. */
export interface DestinationSecrets {
  /**
   * The address of a call, without a slash at its end where a path follows. Values in the path are percent-encoded. Throws
   * ConfigInvalid for no URL.
   */
  url(base: string, path: string): string;
  /** Throws ConfigInvalid where the value cannot stand in a header. */
  header(text: string): string;
  /** The text with the values as they are. */
  text(text: string): string;
  /** The key that a value such as `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw` stands for. Throws ConfigInvalid for another form. */
  signingKey(text: string): Buffer;
}

/** Throws SecretMissing, naming all that are. */
export function destinationSecrets(definition: DestinationDefinition, environment: Environment): DestinationSecrets {
  requireAll(`Destination ${definition.name}`, textsOfDestination(definition), environment);
  const valueOf = (variable: string): string => environment.values.get(variable)!;
  return {
    url(base, path) {
      const url = expandUrl(base, environment);
      const isUrl = path === '' ? isWebhookUrl(url) : isHttpUrl(url);
      if (!isUrl) {
        throw new OutflowError(
          'ConfigInvalid',
          `The URL of destination ${definition.name}, with the value of ${referencesIn(base).join(', ')}, is not an http(s) URL without credentials`,
          'Give the variable a value like https://api.example.com.',
        );
      }
      if (path === '') return url;
      return url.replace(/\/+$/, '') + replaceReferences(path, (variable) => encodeURIComponent(valueOf(variable)));
    },
    header(text) {
      const value = replaceReferences(text, valueOf);
      if (/^[\x20-\x7e]+$/.test(value) && value.trim() === value) return value;
      throw new OutflowError(
        'ConfigInvalid',
        `The value of ${referencesIn(text).join(', ')}, which destination ${definition.name} sends in a header, holds line ends, outer blanks or other characters that no header has`,
        'Check the value of the variable.',
      );
    },
    text: (text) => replaceReferences(text, valueOf),
    signingKey(text) {
      const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(replaceReferences(text, valueOf)) ?? [];
      const key = Buffer.from(base64, 'base64');
      if (key.length >= MIN_SIGNING_KEY_BYTES && key.length <= MAX_SIGNING_KEY_BYTES) return key;
      throw new OutflowError(
        'ConfigInvalid',
        `The value of ${referencesIn(text).join(', ')}, by which destination ${definition.name} signs its calls, is not whsec_ and the base64 of ${MIN_SIGNING_KEY_BYTES} to ${MAX_SIGNING_KEY_BYTES} bytes`,
        'Give the variable the secret that the receiver shows; or make one: echo "whsec_$(openssl rand -base64 32)".',
      );
    },
  };
}

/** Where a webhook's messages go, and what they are signed with. Throws SecretMissing, and ConfigInvalid for no URL. */
export function webhookAccess(channel: WebhookChannel, environment: Environment): { url: string; secret: string } {
  requireAll(`Alert channel ${channel.name}`, textsOfChannel(channel), environment);
  return {
    url: channelUrl(channel, 'url', channel.url, environment),
    secret: replaceReferences(channel.secret, (variable) => environment.values.get(variable)!),
  };
}

/** The address of a Slack incoming webhook, a secret itself. Throws SecretMissing, and ConfigInvalid for no URL. */
export function slackUrl(channel: SlackChannel, environment: Environment): string {
  requireAll(`Alert channel ${channel.name}`, textsOfChannel(channel), environment);
  return channelUrl(channel, 'url', channel.url, environment);
}

/** `smtp://user:password@host:587` or `smtps://`, percent-encoded. Throws SecretMissing, and ConfigInvalid for no URL. */
export function smtpUrl(channel: EmailChannel, environment: Environment): string {
  requireAll(`Alert channel ${channel.name}`, textsOfChannel(channel), environment);
  return channelUrl(channel, 'smtp', channel.smtp, environment);
}

function channelUrl(
  { name, type }: AlertChannelDefinition,
  key: 'url' | 'smtp',
  written: string,
  environment: Environment,
): string {
  const url = expandUrl(written, environment);
  const [isUrl, kind, example] =
    type === 'email'
      ? [isSmtpUrl, 'smtp(s) URL', 'smtp://user:password@smtp.example.com:587']
      : [isWebhookUrl, 'http(s) URL without credentials', 'https://alerts.example.com/outflow'];
  if (isUrl(url)) return url;
  throw new OutflowError(
    'ConfigInvalid',
    `The ${key} of alert channel ${name}, with the value of ${referencesIn(written).join(', ')}, is not an ${kind}`,
    `Give the variable a value like ${example}.`,
  );
}

interface SecretText {
  path: string[];
  text: string;
}

function textsOfSource({ name, settings }: SourceDefinition): SecretText[] {
  return textsWithin(settings, ['sources', name]);
}

/** Every text in a structure of JSON. */
function textsWithin(value: unknown, path: string[]): SecretText[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => textsWithin(each, [...path, key]));
}

/** A structure of JSON with each text in it replaced. */
function mapTexts(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, replace));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapTexts(each, replace)]));
}

function textsOfDestination({ name, settings }: DestinationDefinition): SecretText[] {
  return textsWithin(settings, ['destinations', name]);
}

function textsOfChannel(channel: AlertChannelDefinition): SecretText[] {
  const here = ['alerts', 'channels', channel.name];
  switch (channel.type) {
    case 'webhook':
      return [
        { path: [...here, 'url'], text: channel.url },
        { path: [...here, 'secret'], text: channel.secret },
      ];
    case 'slack':
      return [{ path: [...here, 'url'], text: channel.url }];
    case 'email':
      return [{ path: [...here, 'smtp'], text: channel.smtp }];
  }
}

function missingIn(text: string, path: string[], environment: Environment): MissingSecret[] {
  return referencesIn(text)
    .filter((variable) => !environment.values.has(variable))
    .map((variable) => ({ variable, path }));
}

function requireAll(who: string, texts: SecretText[], environment: Environment): void {
  const missing = texts.flatMap(({ text, path }) => missingIn(text, path, environment));
  const variables = [...new Set(missing.map(({ variable }) => variable))];
  if (variables.length === 0) return;
  throw new OutflowError(
    'SecretMissing',
    `${who} needs ${variables.join(', ')}, not set in ${environment.lookedIn}`,
    `Set ${variables.length === 1 ? 'it' : 'them'} there; an empty value counts as not set.`,
  );
}

/**
 * Values of variables in the user or query part of a URL are percent-encoded: a variable holds a password as it is.
 * A variable that is the whole URL is taken as it stands.
 */
function expandUrl(url: string, environment: Environment): string {
  const [address = ''] = url.split('?');
  const userInfoEnd = address.lastIndexOf('@');
  return replaceReferences(url, (variable, offset) => {
    const value = environment.values.get(variable)!;
    const encoded = offset < userInfoEnd || offset > address.length;
    return encoded ? encodeURIComponent(value) : value;
  });
}
