import { createTransport } from 'nodemailer';
import type { AlertMessage } from '../../activation/alert-message.js';
import { networkFault } from '../../delivery/http/network-fault.js';
import { alertDetails } from '../alert-text.js';
import type { DeliveryFault } from './delivery-fault.js';

/** Of each step of a conversation with the server, and of all of it. */
const STEP_DEADLINE_MS = 10_000;
const DEADLINE_MS = 30_000;

/** Sends the message in words. `url`: `smtp://` (with STARTTLS where the server offers it) or `smtps://`. */
export async function sendByEmail(
  { url, from, to }: { url: string; from: string; to: string[] },
  message: AlertMessage,
): Promise<DeliveryFault | undefined> {
  const transport = createTransport({
    url,
    connectionTimeout: STEP_DEADLINE_MS,
    greetingTimeout: STEP_DEADLINE_MS,
    socketTimeout: STEP_DEADLINE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const { activation, condition, event } = message;
  const topic = condition.replaceAll('_', ' ');
  try {
    await transport.sendMail({
      from,
      to,
      subject: `Outflow: ${activation}: ${topic}${event === 'recovered' ? ' (recovered)' : ''}`,
      text: `${[message.summary, ...alertDetails(message)].join('\n\n')}\n`,
      // The same at each repeat, so that mail systems may show one of them.
      messageId: `<${message.id}@outflow>`,
      // RFC 3834: nobody answers with a note of absence.
      headers: { 'auto-submitted': 'auto-generated' },
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return undefined;
  } catch (error) {
    return faultOf(error);
  } finally {
    transport.close();
  }
}

const faults: Record<string, string> = {
  EAUTH: 'SMTP login refused',
  ENOAUTH: 'SMTP login missing',
  EDNS: 'host not found',
  ETIMEDOUT: 'timeout',
  EABORT: 'timeout',
  ECONNECTION: 'connection lost',
};

interface SmtpError {
  code?: string;
  /** Node's code, which the library has replaced. */
  originalCode?: string;
  responseCode?: number;
  command?: string;
}

/** The server's words may repeat addresses: only its code is kept. */
function faultOf(error: unknown): DeliveryFault {
  const { code = '', originalCode, responseCode, command } = error as SmtpError;
  if (responseCode !== undefined) {
    // Refused for what it says, after the server had taken the login and the addresses.
    return { text: `SMTP ${responseCode}`, ofMessage: command === 'DATA' && responseCode >= 500 };
  }
  const text = faults[code] ?? networkFault(Object.assign(new Error(), { code: originalCode ?? code }));
  return { text, ofMessage: false };
}
