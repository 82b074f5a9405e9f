import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { EmailContent, EmailKind } from './content.ts';
import { factsText } from './facts-text.ts';
import { subjectOf } from './letter.ts';
import { oneLine } from './one-line.ts';

/** Whose e-mail it is, when what it tells of happened, and how ids are made. */
export interface EmailContext {
  tenant_id: string;
  now: Date;
  newId(at: Date): string;
}

/** An e-mail to write. */
export type NewEmail = EmailContent & {
  /** What it tells of: the same thing is told once, however often this is called. */
  source_key: string;
  /** The invoice or credit note whose page goes along. */
  invoice_id?: string | undefined;
};

const SUBJECT_MAX = 255;

/**
 * Of one moment an invoice is told before its payment, and that before what follows from it: an e-mail of a later place
 * counts as written so many milliseconds later, in its id too.
 */
const PLACES: Readonly<Record<EmailKind, number>> = {
  invoice_issued: 0,
  trial_ending: 0,
  payment_received: 1,
  payment_declined: 1,
  payment_needs_confirmation: 1,
  refund_issued: 1,
  subscription_suspended: 2,
  subscription_recovered: 2,
  subscription_cancelled: 2,
};

/**
 * Writes an e-mail to a tenant in the transaction of what it tells of, and puts it on the schedule, in one statement. A
 * tenant without a billing address gets none.
 */
export async function queueEmail(tx: Tx, context: EmailContext, email: NewEmail): Promise<void> {
  const { tenant_id, now } = context;
  const created_at = new Date(now.getTime() + PLACES[email.kind]);
  const subject = oneLine(subjectOf(email)).slice(0, SUBJECT_MAX).toWellFormed();
  await sql`
    with written as (
      insert into emails (tenant_id, email_id, seller_id, kind, source_key, to_address, subject, facts, invoice_id, status,
        created_at)
      select ${tenant_id}, ${context.newId(created_at)}::uuid, coalesce(t.parent_tenant_id, t.tenant_id), ${email.kind},
        ${email.source_key}, b.email, ${subject}, ${factsText(email)}::jsonb, ${email.invoice_id ?? null}::uuid, 'queued',
        ${created_at}::timestamptz
      from billing_details b join tenants t on t.tenant_id = b.tenant_id
      where b.tenant_id = ${tenant_id} and b.email is not null
      on conflict (tenant_id, source_key) do nothing
      returning tenant_id, email_id)
    insert into due_work (tenant_id, kind, ref_id, next_due_at)
    select tenant_id, 'email', email_id, ${now}::timestamptz from written
    on conflict do nothing`.execute(tx);
}
