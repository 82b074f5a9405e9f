import { isIP } from 'node:net';
import { oneLine } from './one-line.ts';
import type { Sender } from './sender.ts';

/** An e-mail to hand to a mail server. */
export interface Message {
  /** Without angle brackets; the same each time that the same e-mail is handed over. */
  message_id: string;
  from: Sender;
  to_address: string;
  subject: string;
  text: string;
  html: string;
  at: Date;
  attachment: { filename: string; bytes: Uint8Array } | null;
}

/** Hands e-mails over. */
export interface Mailer {
  /** Resolves once the mail server has taken it, and rejects with the server's words, or within a deadline. */
  send(message: Message): Promise<void>;
}

/** How to reach a mail server. */
export interface SmtpOptions {
  /** `smtp://` or `smtps://` with user and password, host and port. */
  smtp_url: string;
  monotonic_ms(): number;
  /** For one e-mail, from the connection to the server's answer, in milliseconds. */
  deadline_ms?: number;
}

const DEADLINE_MS = 10_000;
/** How long a server is left alone that did not answer, so that due work does not wait for it again and again. */
const REST_MS = 60_000;

/**
 * A mail server by SMTP, over TLS where it offers it. A password goes out over TLS only, but to a loopback host. Each
 * e-mail has a connection of its own, which ends with it.
 */
export function smtpMailer({ smtp_url, monotonic_ms, deadline_ms = DEADLINE_MS }: SmtpOptions): Mailer {
  const settings = { ...settingsOf(smtp_url), ...timeouts(deadline_ms) };
  let rests_until_ms = 0;
  return {
    send: async (message) => {
      if (monotonic_ms() < rests_until_ms) throw new Error('the mail server did not answer a moment ago');
      // Loaded with the first e-mail.
      const { createTransport } = await import('nodemailer');
      const transport = createTransport(settings);
      try {
        await within(deadline_ms, transport.sendMail(mailOf(message)));
      } catch (error) {
        if (!answered(error)) rests_until_ms = monotonic_ms() + REST_MS;
        throw error;
      } finally {
        transport.close();
      }
    },
  };
}

function settingsOf(smtp_url: string) {
  const { protocol, hostname, port, username, password } = new URL(smtp_url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const secure = protocol === 'smtps:';
  const auth =
    username === '' ? undefined : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return {
    host,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: auth !== undefined && !secure && !isLoopback(host),
    ...(auth === undefined ? {} : { auth }),
    // It reads neither files nor addresses for what a message holds.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function timeouts(deadline_ms: number) {
  return {
    dnsTimeout: deadline_ms,
    connectionTimeout: deadline_ms,
    greetingTimeout: deadline_ms,
    socketTimeout: deadline_ms,
  };
}

function mailOf({ message_id, from, to_address: address, attachment, at: date, ...rest }: Message) {
  return {
    ...rest,
    subject: oneLine(rest.subject),
    messageId: `<${message_id}>`,
    // As objects and not as texts, so that nothing in a name is read as an address.
    from: { ...from, name: oneLine(from.name) },
    to: { name: '', address },
    date,
    headers: { 'Auto-Submitted': 'auto-generated' },
    attachments:
      attachment === null
        ? []
        : [
            {
              filename: attachment.filename,
              content: Buffer.from(attachment.bytes),
              contentType: 'application/pdf',
            },
          ],
  };
}

/** The connection has time-outs for silence; this one is for a server that keeps on saying nothing of use. */
async function within(deadline_ms: number, sent: Promise<unknown>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`the mail server took longer than ${deadline_ms} ms`)),
    deadline_ms,
  );
  try {
    await Promise.race([sent, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the mail server itself refused: then it is there, and another e-mail may do better. */
function answered(error: unknown): boolean {
  return error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number';
}
