import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { expect, onTestFinished, test } from 'vitest';
import type { AlertMessage } from '../../src/activation/alert-message.js';
import { noCounts } from '../../src/activation/run.js';
import { send } from '../../src/alerts/channels/send.js';
import { unreachable } from './alert-lab.js';
import { answers, Receiver } from './receiver.js';

const failed: AlertMessage = {
  id: '0d5b2f0e-5f0a-4d34-9a52-3c1ad5f2c6b1',
  event: 'raised',
  condition: 'failed',
  activation: 'loyalty',
  since: '2026-11-24T08:00:00.000Z',
  at: '2026-11-24T08:00:00.000Z',
  summary: 'Run 42 of activation "loyalty" failed (connection): <source> & more.',
  run: { runId: 42, outcome: 'failed', counts: { ...noCounts, read: 1_000, rejected: 3 }, error: unreachable },
};

const environmentOf = (variables: Record<string, string>) => ({
  values: new Map(Object.entries(variables)),
  lookedIn: 'the environment',
});

test('Slack gets one text: what has happened, what to do about it, and the figures of the run', async () => {
  const receiver = await Receiver.start();
  const slack = { name: 'crm', type: 'slack', url: '${SLACK_URL}' } as const;
  const environment = environmentOf({ SLACK_URL: receiver.url });
  expect(await send(slack, environment, failed)).toBeUndefined();
  expect(JSON.parse(receiver.received[0]!.body)).toEqual({
    text:
      '*Run 42 of activation "loyalty" failed (connection): &lt;source&gt; &amp; more.*\n' +
      'Start it, or correct its url.\nRun 42: read 1,000, rejected 3.',
  });
  receiver.answer = answers(404);
  expect(await send(slack, environment, failed)).toEqual({ text: 'HTTP 404', ofMessage: false });
});

test('a page that answers in the place of Slack has not taken the message', async () => {
  const receiver = await Receiver.start();
  receiver.answer = answers(200, '<html><body>Sign in</body></html>');
  const slack = { name: 'crm', type: 'slack', url: '${SLACK_URL}' } as const;
  expect(await send(slack, environmentOf({ SLACK_URL: receiver.url }), failed)).toEqual({
    text: 'HTTP 200, not an answer of the receiver',
    ofMessage: false,
  });
});

test('a held run and an automatic pause say how they go on', async () => {
  const receiver = await Receiver.start();
  const slack = { name: 'crm', type: 'slack', url: '${SLACK_URL}' } as const;
  const environment = environmentOf({ SLACK_URL: receiver.url });
  const { run, ...rest } = failed;
  await send(slack, environment, { ...rest, condition: 'held', summary: 'Held.', run: { ...run!, outcome: null } });
  const incident = { kind: 'source', name: 'warehouse', error: unreachable } as const;
  await send(slack, environment, { ...rest, condition: 'paused', summary: 'Paused.', incident });
  const texts = receiver.received.map(({ body }) => (JSON.parse(body) as { text: string }).text);
  expect(texts).toEqual([
    '*Held.*\nLet it go on: outflow approve loyalty. End it: outflow cancel loyalty.\nRun 42: read 1,000, rejected 3.',
    '*Paused.*\nSource "warehouse" cannot be reached: connection refused.\nStart it, or correct its url.\n' +
      'It is resumed by itself once source "warehouse" answers; at once by: outflow check loyalty.',
  ]);
});

const mail = {
  name: 'mail',
  type: 'email',
  smtp: 'smtp://outflow:${SMTP_PASSWORD}@localhost',
  from: 'Outflow <outflow@example.com>',
  to: ['crm@example.com', 'data@example.com'],
} as const;

interface ReceivedMail {
  from: string;
  to: string[];
  text: string;
}

/** A real SMTP server, which wants a login. */
async function startSmtp(options: SMTPServerOptions = {}): Promise<{ port: number; mails: ReceivedMail[] }> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    onAuth({ username, password }, _session, answer) {
      if (username === 'outflow' && password === 'p@ss word') answer(null, { user: username });
      else answer(new Error('planted refusal'));
    },
    onData(stream, { envelope }, answer) {
      let text = '';
      stream.on('data', (piece: Buffer) => (text += piece.toString('utf8')));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text,
        });
        answer();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())));
  return { port: (listening.address() as AddressInfo).port, mails };
}

const mailTo = (port: number) => ({
  ...mail,
  to: [...mail.to],
  smtp: `${mail.smtp.replace('localhost', '127.0.0.1')}:${port}`,
});

test('an e-mail goes to everybody by SMTP, after a login, with the activation and the condition as its subject', async () => {
  const { port, mails } = await startSmtp();
  expect(await send(mailTo(port), environmentOf({ SMTP_PASSWORD: 'p@ss word' }), failed)).toBeUndefined();
  expect(mails).toMatchObject([{ from: 'outflow@example.com', to: ['crm@example.com', 'data@example.com'] }]);
  const text = `\n${mails[0]!.text.replaceAll('\r\n', '\n')}`;
  expect(text).toContain('\nSubject: Outflow: loyalty: failed\n');
  expect(text).toContain(`\nMessage-ID: <${failed.id}@outflow>\n`);
  expect(text).toContain('\nAuto-Submitted: auto-generated\n');
  expect(text).toContain(`${failed.summary}\n\nStart it, or correct its url.\n\nRun 42: read 1,000, rejected 3.`);
});

test('an SMTP server that refuses the login is a fault of the channel, in which nothing of what it says is repeated', async () => {
  const { port } = await startSmtp();
  expect(await send(mailTo(port), environmentOf({ SMTP_PASSWORD: 'wrong' }), failed)).toEqual({
    text: 'SMTP 535',
    ofMessage: false,
  });
});

test('an SMTP server that refuses one message for what it says takes others', async () => {
  const { port } = await startSmtp({
    onData(stream, _session, answer) {
      stream.resume();
      stream.on('end', () => answer(Object.assign(new Error('planted refusal'), { responseCode: 554 })));
    },
  });
  expect(await send(mailTo(port), environmentOf({ SMTP_PASSWORD: 'p@ss word' }), failed)).toEqual({
    text: 'SMTP 554',
    ofMessage: true,
  });
});

test('an SMTP server that is not there is a fault of the channel', async () => {
  const environment = environmentOf({ SMTP_PASSWORD: 'p@ss word' });
  expect(await send(mailTo(1), environment, failed)).toEqual({ text: 'connection refused', ofMessage: false });
  const nowhere = { ...mailTo(1), smtp: 'smtp://outflow:${SMTP_PASSWORD}@nowhere.invalid' };
  expect(await send(nowhere, environment, failed)).toEqual({ text: 'host not found', ofMessage: false });
});

test('a secret that is not set is a fault of the channel that names its variable', async () => {
  expect(await send(mailTo(1), environmentOf({}), failed)).toEqual({
    text: 'Alert channel mail needs SMTP_PASSWORD, not set in the environment',
    ofMessage: false,
  });
});
