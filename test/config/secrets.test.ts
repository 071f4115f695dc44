import { describe, expect, test } from 'vitest';
import type { EmailChannel, SlackChannel, WebhookChannel } from '../../src/activation/alerts.js';
import type { Environment } from '../../src/config/environment.js';
import {
  destinationSecrets,
  missingSecrets,
  slackUrl,
  smtpUrl,
  openableSource,
  webhookAccess,
} from '../../src/config/secrets.js';
import { errorOf, parsed, written } from './written.js';

const environment = (values: Record<string, string>): Environment => ({
  values: new Map(Object.entries(values)),
  lookedIn: 'the environment and in shop/.env',
});
const definitions = parsed(
  written({
    destination:
      '{ type: batch-mep, restKey: "${REST}", apiKeys: { ios: "${IOS}", android: "${ANDROID}" }, url: "http://${HOST}/" }',
  }),
);
const warehouse = (url: string) => ({ name: 'warehouse', type: 'postgres', settings: { url }, concurrentReads: 4 });
const sourceUrl = (...parts: Parameters<typeof openableSource>): string =>
  openableSource(...parts).settings['url'] as string;
const app = definitions.destinations.app!;

describe('the URL of a source', () => {
  test('may be a variable as a whole', () => {
    const url = 'postgres://me:p%40ss@db/shop';
    expect(sourceUrl(warehouse('${WAREHOUSE_URL}'), environment({ WAREHOUSE_URL: url }))).toBe(url);
  });

  test('has the password encoded that a variable holds as it is', () => {
    const values = { PASSWORD: 'p@ss/w:rd?${HOST}', HOST: 'db:5432' };
    const url = sourceUrl(
      warehouse('postgres://me:${PASSWORD}@${HOST}/shop?application_name=${PASSWORD}'),
      environment(values),
    );
    expect(url).toBe(
      'postgres://me:p%40ss%2Fw%3Ard%3F%24%7BHOST%7D@db:5432/shop?application_name=p%40ss%2Fw%3Ard%3F%24%7BHOST%7D',
    );
    expect(decodeURIComponent(new URL(url).password)).toBe(values.PASSWORD);
  });

  test('names the variable that is missing, and where it was looked for', () => {
    expect(errorOf(() => sourceUrl(warehouse('${WAREHOUSE_URL}'), environment({}))).report()).toMatchInlineSnapshot(`
      {
        "category": "configuration",
        "code": "SecretMissing",
        "message": "Source warehouse needs WAREHOUSE_URL, not set in the environment and in shop/.env",
        "remedy": "Set it there; an empty value counts as not set.",
      }
    `);
  });
});

describe('what the calls of a destination refer to', () => {
  const values = { REST: 'r', IOS: 'i/s', ANDROID: 'a', HOST: 'localhost:8080' };
  const secrets = (changes: Record<string, string> = {}) =>
    destinationSecrets(app, environment({ ...values, ...changes }));

  test('is filled in: a header as it is, a path percent-encoded', () => {
    expect(secrets().header('Bearer ${REST}')).toBe('Bearer r');
    expect(secrets().url('http://${HOST}/', '/1.0/${IOS}/data')).toBe('http://localhost:8080/1.0/i%2Fs/data');
    expect(secrets().text('${IOS}')).toBe('i/s');
  });

  test('that is missing is named all at once', () => {
    expect(errorOf(() => destinationSecrets(app, environment({ IOS: 'i' }))).report()).toMatchInlineSnapshot(`
      {
        "category": "configuration",
        "code": "SecretMissing",
        "message": "Destination app needs REST, ANDROID, HOST, not set in the environment and in shop/.env",
        "remedy": "Set them there; an empty value counts as not set.",
      }
    `);
  });

  test('is refused when it makes no address', () => {
    const access = secrets({ HOST: 'me:hunter2@h' });
    expect(errorOf(() => access.url('http://${HOST}/', '/1.0')).report()).toMatchInlineSnapshot(`
      {
        "category": "configuration",
        "code": "ConfigInvalid",
        "message": "The URL of destination app, with the value of HOST, is not an http(s) URL without credentials",
        "remedy": "Give the variable a value like https://api.example.com.",
      }
    `);
  });
});

describe('an alert channel', () => {
  const ops: WebhookChannel = {
    name: 'ops',
    type: 'webhook',
    url: 'https://${HOST}/hook?token=${TOKEN}',
    secret: '${S}',
  };
  const crm: SlackChannel = { name: 'crm', type: 'slack', url: '${SLACK}' };
  const mail = (smtp: string): EmailChannel => ({ name: 'mail', type: 'email', smtp, from: 'a@example.com', to: [] });

  test('that is a webhook has an address and a secret', () => {
    expect(webhookAccess(ops, environment({ HOST: 'alerts:8443', TOKEN: 'a&b', S: 'p@ss/w' }))).toEqual({
      url: 'https://alerts:8443/hook?token=a%26b',
      secret: 'p@ss/w',
    });
  });

  test('that is one of Slack has an address', () => {
    const url = 'https://hooks.slack.com/services/T0/B0/x';
    expect(slackUrl(crm, environment({ SLACK: url }))).toBe(url);
  });

  test('that is e-mail has the password encoded that a variable holds as it is', () => {
    const url = smtpUrl(mail('smtp://me:${PASSWORD}@mail.example.com:587'), environment({ PASSWORD: 'p@ss/w:rd?' }));
    expect(url).toBe('smtp://me:p%40ss%2Fw%3Ard%3F@mail.example.com:587');
    expect(decodeURIComponent(new URL(url).password)).toBe('p@ss/w:rd?');
  });

  test('names all the variables that are missing', () => {
    expect(errorOf(() => webhookAccess(ops, environment({ HOST: 'alerts' }))).report()).toMatchInlineSnapshot(`
      {
        "category": "configuration",
        "code": "SecretMissing",
        "message": "Alert channel ops needs TOKEN, S, not set in the environment and in shop/.env",
        "remedy": "Set them there; an empty value counts as not set.",
      }
    `);
  });

  test.each([
    () => webhookAccess(ops, environment({ HOST: 'me:hunter2@alerts', TOKEN: 'hunter2', S: 'hunter2' })),
    () => slackUrl(crm, environment({ SLACK: 'hunter2' })),
    () => smtpUrl(mail('${SMTP}'), environment({ SMTP: 'https://hunter2.example.com' })),
  ])('is refused without printing it when a variable makes its address none', (access) => {
    const { code, message, remedy } = errorOf(access);
    expect(code).toBe('ConfigInvalid');
    expect(message).toMatch(
      /^The (url|smtp) of alert channel \w+, with the value of .*, is not an (http|smtp)\(s\) URL/,
    );
    expect(message + remedy).not.toContain('hunter2');
  });
});

test('every place that refers to a missing variable is told', () => {
  const { alertChannels } = parsed(
    written({
      more: `alerts:
  channels:
    ops: { type: webhook, url: "https://\${HOST}/hook", secret: "\${ALERT_SECRET}" }
    crm: { type: slack, url: "\${SLACK_WEBHOOK_URL}" }
    mail: { type: email, smtp: "smtp://me:\${MAIL_PASSWORD}@mail", from: a@example.com, to: [b@example.com] }`,
    }),
  );
  const missing = missingSecrets({ ...definitions, alertChannels }, environment({ REST: 'r', ANDROID: 'a' }));
  expect(missing).toEqual([
    { variable: 'WAREHOUSE_URL', path: ['sources', 'warehouse', 'url'] },
    { variable: 'IOS', path: ['destinations', 'app', 'apiKeys', 'ios'] },
    { variable: 'HOST', path: ['destinations', 'app', 'url'] },
    { variable: 'HOST', path: ['alerts', 'channels', 'ops', 'url'] },
    { variable: 'ALERT_SECRET', path: ['alerts', 'channels', 'ops', 'secret'] },
    { variable: 'SLACK_WEBHOOK_URL', path: ['alerts', 'channels', 'crm', 'url'] },
    { variable: 'MAIL_PASSWORD', path: ['alerts', 'channels', 'mail', 'smtp'] },
  ]);
});
