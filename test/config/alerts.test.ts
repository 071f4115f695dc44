import { describe, expect, test } from 'vitest';
import { defaultAlertConditions } from '../../src/activation/alerts.js';
import { activation, faultsOf, parsed, written } from './written.js';

describe('what is worth an alert', () => {
  const conditionsOf = (own: string, when = '') =>
    parsed(written({ activation: activation(own), more: when === '' ? '' : `alerts: { when: ${when} }` })).activations
      .loyalty!.alerts;

  test('is what Outflow finds so where nothing is written', () => {
    expect(conditionsOf('')).toEqual(defaultAlertConditions);
  });

  test('can be said for all activations', () => {
    const when =
      '{ failed: off, held: off, paused: off, setBack: off, zeroRows: off, rejectedAbove: 0.5%, invalidAbove: off, longerThan: 2h, staleAfter: 26h }';
    expect(conditionsOf('', when)).toEqual({
      failed: false,
      held: false,
      paused: false,
      setBack: false,
      zeroRows: false,
      rejectedAbovePercent: 0.5,
      invalidAbovePercent: null,
      longerThanMs: 7_200_000,
      staleAfterMs: 93_600_000,
    });
  });

  test('can be said otherwise for one activation, condition by condition', () => {
    const when = '{ failed: off, zeroRows: off, rejectedAbove: 2%, longerThan: 2h, staleAfter: 26h }';
    expect(
      conditionsOf(', alerts: { failed: on, rejectedAbove: off, staleAfter: 2h, longerThan: false }', when),
    ).toEqual({
      ...defaultAlertConditions,
      failed: true,
      zeroRows: false,
      rejectedAbovePercent: null,
      longerThanMs: null,
      staleAfterMs: 7_200_000,
    });
  });

  test('is refused when it is no condition', () => {
    const settings =
      ', alerts: { failed: 1, rejectedAbove: 1, invalidAbove: 0%, longerThan: 30s, staleAfter: 2 h, zeroRow: off, channels: {} }';
    expect(faultsOf(written({ activation: activation(settings) }))).toMatchInlineSnapshot(`
      "outflow.yaml has 7 faults:
      outflow.yaml:8 activations.loyalty.alerts.failed: must be on or off. Write on or off.
      outflow.yaml:8 activations.loyalty.alerts.rejectedAbove: must be off or a percentage above 0% and up to 100%. Write off, or for example 1%.
      outflow.yaml:8 activations.loyalty.alerts.invalidAbove: must be off or a percentage above 0% and up to 100%. Write off, or for example 5%.
      outflow.yaml:8 activations.loyalty.alerts.longerThan: must be off or a duration from 1m to 366d. Write off, or a number and a unit, s, m, h, d or w: for example 2h.
      outflow.yaml:8 activations.loyalty.alerts.staleAfter: must be off or a duration from 1m to 366d. Write off, or a number and a unit, s, m, h, d or w: for example 26h.
      outflow.yaml:8 activations.loyalty.alerts.zeroRow: is not known here. Did you mean zeroRows?
      outflow.yaml:8 activations.loyalty.alerts.channels: is not known here. Known here: failed, held, paused, setBack, zeroRows, rejectedAbove, invalidAbove, longerThan, staleAfter."
    `);
  });
});

describe('the channels of alerts', () => {
  const channels = (...lines: string[]) =>
    written({ more: ['alerts:', '  channels:', ...lines.map((line) => `    ${line}`)].join('\n') });

  test('are webhooks, Slack and e-mail', () => {
    const text = channels(
      'ops: { type: webhook, url: "https://${HOST}/hook?token=${TOKEN}", secret: "${ALERT_SECRET}" }',
      'crm: { type: slack, url: "${SLACK_WEBHOOK_URL}" }',
      'mail: { type: email, smtp: "${SMTP_URL}", from: outflow@example.com, to: [crm@example.com, ops@example.com] }',
    );
    expect(parsed(text).alertChannels).toEqual({
      ops: { name: 'ops', type: 'webhook', url: 'https://${HOST}/hook?token=${TOKEN}', secret: '${ALERT_SECRET}' },
      crm: { name: 'crm', type: 'slack', url: '${SLACK_WEBHOOK_URL}' },
      mail: {
        name: 'mail',
        type: 'email',
        smtp: '${SMTP_URL}',
        from: 'outflow@example.com',
        to: ['crm@example.com', 'ops@example.com'],
      },
    });
  });

  test.each([
    '${SMTP_URL}',
    'smtp://mail.example.com',
    'smtps://me:${PASSWORD}@mail.example.com:465',
    'smtp://me@example.com:${PASSWORD}@${HOST}:${PORT}?requireTLS=true',
  ])('may have the mail server %s', (smtp) => {
    const text = channels(`mail: { type: email, smtp: "${smtp}", from: a@example.com, to: [b@example.com] }`);
    expect(parsed(text).alertChannels.mail).toMatchObject({ smtp });
  });

  test('never hold a secret in clear, and no fault prints it', () => {
    const fault = faultsOf(
      channels(
        'ops: { type: webhook, url: "https://me:hunter2@alerts", secret: hunter2 }',
        'ops2: { type: webhook, url: "https://alerts", secret: "${ALERT_SECRET}hunter2" }',
        'crm: { type: slack, url: "https://hooks.slack.com/services/hunter2" }',
        'crm2: { type: slack, url: "https://hooks.slack.com/services/${TOKEN}" }',
        'mail: { type: email, smtp: "smtp://me:hunter2@mail", from: a@example.com, to: [b@example.com] }',
        'mail2: { type: email, smtp: "me:hunter2@mail", from: a@example.com, to: [b@example.com] }',
      ),
    );
    expect(fault).toMatchInlineSnapshot(`
      "outflow.yaml has 7 faults:
      outflow.yaml:11 alerts.channels.ops.url: must be an http(s) URL without credentials. Write "\${ALERT_URL}", or https://alerts.example.com/outflow; a \${VAR} may stand in it.
      outflow.yaml:11 alerts.channels.ops.secret: must be a \${VAR} that holds the secret, never the secret itself. Write "\${ALERT_SECRET}", and set that variable in the environment or in .env.
      outflow.yaml:12 alerts.channels.ops2.secret: must be a \${VAR} that holds the secret, never the secret itself. Write "\${ALERT_SECRET}", and set that variable in the environment or in .env.
      outflow.yaml:13 alerts.channels.crm.url: must be a \${VAR} that holds the address, never the address itself. Write "\${SLACK_WEBHOOK_URL}", and set that variable in the environment or in .env.
      outflow.yaml:14 alerts.channels.crm2.url: must be a \${VAR} that holds the address, never the address itself. Write "\${SLACK_WEBHOOK_URL}", and set that variable in the environment or in .env.
      outflow.yaml:15 alerts.channels.mail.smtp: holds a password in clear. Write "\${SMTP_URL}", or smtp://user:\${SMTP_PASSWORD}@smtp.example.com:587.
      outflow.yaml:16 alerts.channels.mail2.smtp: must be an smtp(s) URL. Write "\${SMTP_URL}", or smtp://user:\${SMTP_PASSWORD}@smtp.example.com:587."
    `);
    expect(fault).not.toContain('hunter2');
  });

  test('with faults are told one by one', () => {
    const text = channels(
      'a: { type: webhok, url: "${ALERT_URL}", secret: "${ALERT_SECRET}" }',
      'b: { url: "${SLACK_WEBHOOK_URL}" }',
      'c:',
      'd: [slack]',
      'E: { type: slack, url: "${SLACK_WEBHOOK_URL}" }',
      'f: { type: slack, uri: "${SLACK_WEBHOOK_URL}" }',
      'g: { type: webhook, url: ftp://alerts, secret: "${ALERT_SECRET}" }',
      'h: { type: email, smtp: http://mail, from: Outflow, to: [] }',
      'i: { type: email, smtp: smtp://mail, from: a@example.com, to: [b@example.com, "b\\nBcc: c@example.com"] }',
    );
    expect(faultsOf(text)).toMatchInlineSnapshot(`
      "outflow.yaml has 12 faults:
      outflow.yaml:11 alerts.channels.a.type: must be one of webhook, slack, email. Write for example type: slack.
      outflow.yaml:12 alerts.channels.b.type: is missing. Write for example type: slack.
      outflow.yaml:13 alerts.channels.c: has no value. Write for example { type: slack, url: "\${SLACK_WEBHOOK_URL}" }.
      outflow.yaml:14 alerts.channels.d: must be a map. Write for example { type: slack, url: "\${SLACK_WEBHOOK_URL}" }.
      outflow.yaml:15 alerts.channels.E: must be a name of 1 to 63 of a-z, 0-9, - and _, beginning with a letter or digit. Choose another, for example ops.
      outflow.yaml:16 alerts.channels.f.url: is missing. Write "\${SLACK_WEBHOOK_URL}", and set that variable in the environment or in .env.
      outflow.yaml:16 alerts.channels.f.uri: is not known here. Did you mean url?
      outflow.yaml:17 alerts.channels.g.url: must be an http(s) URL without credentials. Write "\${ALERT_URL}", or https://alerts.example.com/outflow; a \${VAR} may stand in it.
      outflow.yaml:18 alerts.channels.h.smtp: must be an smtp(s) URL. Write "\${SMTP_URL}", or smtp://user:\${SMTP_PASSWORD}@smtp.example.com:587.
      outflow.yaml:18 alerts.channels.h.from: must be an e-mail address. Write for example crm@example.com.
      outflow.yaml:18 alerts.channels.h.to: must be a list of e-mail addresses. Write for example to: [crm@example.com].
      outflow.yaml:19 alerts.channels.i.to[1]: must be an e-mail address. Write for example crm@example.com."
    `);
  });
});

test('defaults and alerts may be left out, but not be empty', () => {
  expect(faultsOf(written({ more: 'defaults:\nalerts:\n' }))).toMatchInlineSnapshot(`
    "outflow.yaml has 2 faults:
    outflow.yaml:9 defaults: has no value. Leave it out, or write for example { guards: { gone: 30% } }.
    outflow.yaml:10 alerts: has no value. Leave it out, or write { channels: ..., when: ... }."
  `);
  expect(faultsOf(written({ more: 'defaults: off\nalerts: { channels: [], when: off }\n' }))).toMatchInlineSnapshot(`
    "outflow.yaml has 3 faults:
    outflow.yaml:9 defaults: must be a map. Leave it out, or write for example { guards: { gone: 30% } }.
    outflow.yaml:10 alerts.channels: must be a map of names. Write channels: { ops: { type: slack, url: "\${SLACK_WEBHOOK_URL}" } }.
    outflow.yaml:10 alerts.when: must be a map. Write for example { staleAfter: 26h, rejectedAbove: off }."
  `);
});

test('a section whose name is mistyped is proposed', () => {
  expect(faultsOf(written({ more: 'alert: {}\ndefault: {}\n' }))).toMatchInlineSnapshot(`
    "outflow.yaml has 2 faults:
    outflow.yaml:9 alert: is not known here. Did you mean alerts?
    outflow.yaml:10 default: is not known here. Did you mean defaults?"
  `);
});
