import { sql } from 'kysely';
import type { EmailKind } from './content.ts';

/**
 * How an e-mail stands: `queued` until it was handed to the mail server (`sent`) or given up (`failed`). Where there is no
 * mail server it is `kept`, to be read in the outbox.
 */
export const EMAIL_STATUSES = ['queued', 'sent', 'failed', 'kept'] as const;
export type EmailStatus = (typeof EMAIL_STATUSES)[number];

/** A row of `emails`. */
export interface Email {
  tenant_id: string;
  email_id: string;
  seller_id: string;
  kind: EmailKind;
  to_address: string;
  subject: string;
  /** What it is composed from, as factsText() wrote it. */
  facts: unknown;
  /** The invoice or credit note whose page goes along. */
  invoice_id: string | null;
  status: EmailStatus;
  attempts: number;
  last_error: string | null;
  /** These four as it was composed last; null before the first attempt. */
  from_name: string | null;
  from_address: string | null;
  text: string | null;
  html: string | null;
  created_at: Date;
  sent_at: Date | null;
}

/** A row as a list shows it: its words are much longer. */
export type EmailHead = Omit<Email, 'facts' | 'text' | 'html'>;

export const emailHeadColumns = sql`tenant_id, email_id, seller_id, kind, to_address, subject, invoice_id, status, attempts,
  last_error, from_name, from_address, created_at, sent_at`;
export const emailColumns = sql`${emailHeadColumns}, facts, text, html`;
