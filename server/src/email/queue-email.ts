import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { EmailContent } from './content.ts';
import { factsText } from './facts-text.ts';
import { subjectOf } from './letter.ts';

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
 * Writes an e-mail to a tenant in the transaction of what it tells of, and puts it on the schedule, in one statement. A
 * tenant without a billing address gets none.
 */
export async function queueEmail(tx: Tx, context: EmailContext, email: NewEmail): Promise<void> {
  const { tenant_id, now } = context;
  const subject = oneLine(subjectOf(email)).slice(0, SUBJECT_MAX).toWellFormed();
  await sql`
    with written as (
      insert into emails (tenant_id, email_id, seller_id, kind, source_key, to_address, subject, facts, invoice_id, status,
        created_at)
      select ${tenant_id}, ${context.newId(now)}::uuid, coalesce(t.parent_tenant_id, t.tenant_id), ${email.kind},
        ${email.source_key}, b.email, ${subject}, ${factsText(email)}::jsonb, ${email.invoice_id ?? null}::uuid, 'queued',
        ${now}::timestamptz
      from billing_details b join tenants t on t.tenant_id = b.tenant_id
      where b.tenant_id = ${tenant_id} and b.email is not null
      on conflict (tenant_id, source_key) do nothing
      returning tenant_id, email_id, created_at)
    insert into due_work (tenant_id, kind, ref_id, next_due_at)
    select tenant_id, 'email', email_id, created_at from written
    on conflict do nothing`.execute(tx);
}

/** Without line breaks and other controls, which end a header: a name may hold them. */
export function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
}
