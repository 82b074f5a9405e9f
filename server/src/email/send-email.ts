import { sql } from 'kysely';
import type { Database, Tx } from '../db/index.ts';
import type { DueWorkLog, NextDue, OwnHandler } from '../due-work/index.ts';
import { type Composed, compose } from './compose.ts';
import { type Email, emailColumns } from './email.ts';
import { correspondentsOf, defaultAddress, hostOf } from './sender.ts';
import type { Mailer } from './smtp-mailer.ts';

/** How the pages of invoices and credit notes are come by: this folder knows none. */
export interface InvoicePages {
  /** The number; it is given now where it was not yet. */
  numberOf(tenant_id: string, invoice_id: string): Promise<string>;
  /** The page as PDF. */
  draw(tenant_id: string, invoice_id: string): Promise<Uint8Array>;
}

/** What composing and sending needs. */
export interface EmailServices {
  db: Pick<Database, 'inTenant'>;
  /** Null where there is no mail server: e-mails are kept to be read. */
  mailer: Mailer | null;
  invoice_pages: InvoicePages;
  public_url: string | undefined;
}

const MINUTE_MS = 60_000;
/** When an e-mail that could not be handed over is tried again, in minutes after each attempt; after the last it failed. */
export const EMAIL_RETRY_MINUTES = [1, 5, 15, 60, 180, 360, 720, 1440] as const;
const ERROR_MAX = 500;

/**
 * Sends what queueEmail() wrote. An attempt is counted before it is made, so a crash in between repeats it at most as often
 * as there are attempts, each time under the same Message-ID.
 */
export function emailSending(services: EmailServices, log: DueWorkLog): OwnHandler {
  return {
    kind: 'email',
    runOwn: async ({ tenant_id, ref_id }, now) => {
      const email = await services.db.inTenant(tenant_id, (tx) => readQueued(tx, tenant_id, ref_id));
      if (email === undefined) return undefined;
      const number =
        email.invoice_id === null ? null : await services.invoice_pages.numberOf(tenant_id, email.invoice_id);
      const composed = await composeNow(services, email, number);
      if (services.mailer === null) {
        await write(services, email, composed, { status: 'kept', attempts: email.attempts });
        return undefined;
      }
      const counted = { ...email, attempts: email.attempts + 1 };
      await write(services, counted, composed, { status: 'queued', attempts: counted.attempts });
      return await attempt(services, services.mailer, log, { email: counted, composed, number, now });
    },
  };
}

/** An e-mail as it would go out now. */
export async function composeNow(
  { db, public_url }: Pick<EmailServices, 'db' | 'public_url'>,
  email: Email,
  number: string | null,
): Promise<Composed> {
  const { sender, time_zone } = await db.inTenant(email.tenant_id, (tx) =>
    correspondentsOf(tx, email, defaultAddress(public_url)),
  );
  const dashboard_url =
    public_url === undefined ? null : `${public_url}/dashboard/?tenant=${email.tenant_id}`;
  return await compose(email, sender, { number, dashboard_url, time_zone });
}

interface Attempt {
  email: Email;
  composed: Composed;
  number: string | null;
  now: Date;
}

async function attempt(
  services: EmailServices,
  mailer: Mailer,
  log: DueWorkLog,
  { email, composed, number, now }: Attempt,
): Promise<NextDue> {
  const { tenant_id, email_id, invoice_id, attempts } = email;
  try {
    await mailer.send({
      message_id: `${email_id}@${hostOf(services.public_url)}`,
      from: { name: composed.from_name, address: composed.from_address },
      to_address: email.to_address,
      subject: email.subject,
      text: composed.text,
      html: composed.html,
      at: now,
      attachment:
        invoice_id === null
          ? null
          : { filename: `${number}.pdf`, bytes: await services.invoice_pages.draw(tenant_id, invoice_id) },
    });
  } catch (error) {
    const minutes = EMAIL_RETRY_MINUTES[attempts - 1];
    const status = minutes === undefined ? 'failed' : 'queued';
    const last_error = wordsOf(error);
    log.warn({ tenant_id, email_id, attempts, status, reason: last_error }, 'an e-mail was not sent');
    await write(services, email, composed, { status, attempts, last_error });
    return minutes === undefined ? undefined : new Date(now.getTime() + minutes * MINUTE_MS);
  }
  await write(services, email, composed, { status: 'sent', attempts, sent_at: now });
  return undefined;
}

async function readQueued(tx: Tx, tenant_id: string, email_id: string): Promise<Email | undefined> {
  const found = await sql<Email>`
    select ${emailColumns} from emails
    where tenant_id = ${tenant_id} and email_id = ${email_id} and status = 'queued'`.execute(tx);
  return found.rows[0];
}

/** Writes how it stands and what it said; one that is not queued any more stays as it is. */
async function write(
  { db }: Pick<EmailServices, 'db'>,
  { tenant_id, email_id }: Email,
  { from_name, from_address, text, html }: Composed,
  state: Pick<Email, 'status' | 'attempts'> & Partial<Pick<Email, 'last_error' | 'sent_at'>>,
): Promise<void> {
  const { status, attempts, last_error = null, sent_at = null } = state;
  await db.inTenant(tenant_id, (tx) =>
    sql`
      update emails set status = ${status}, attempts = ${attempts}, sent_at = ${sent_at}::timestamptz,
        last_error = coalesce(${last_error}::text, last_error), from_name = ${from_name}, from_address = ${from_address},
        text = ${text}, html = ${html}
      where tenant_id = ${tenant_id} and email_id = ${email_id} and status = 'queued'`.execute(tx),
  );
}

function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  // PostgreSQL's text carries neither NUL nor half a surrogate pair, which the cut may leave.
  return words.replaceAll('\0', '').slice(0, ERROR_MAX).toWellFormed();
}
