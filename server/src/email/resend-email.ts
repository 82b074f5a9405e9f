import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
import { type EmailHead, emailHeadColumns } from './email.ts';

/**
 * Queues an e-mail again that failed or was kept, to the present billing address, from the first attempt on. One that is
 * queued stays as it is. Fails with `not_found`, or with `email_sent` for one that the mail server has taken.
 */
export async function resendEmail(
  tx: Tx,
  tenant_id: string,
  email_id: string,
  now: Date,
): Promise<EmailHead> {
  const found = await sql<Pick<EmailHead, 'status'>>`
    select status from emails where tenant_id = ${tenant_id} and email_id = ${email_id} for update`.execute(
    tx,
  );
  const { status } = found.rows[0] ?? fail('not_found', `there is no e-mail ${email_id}`);
  if (status === 'sent') fail('email_sent', 'the mail server has taken it already');
  const again = status !== 'queued';
  const queued = await sql<EmailHead>`
    update emails set status = 'queued', attempts = case when ${again} then 0 else attempts end,
      to_address = coalesce((select email from billing_details b where b.tenant_id = emails.tenant_id), to_address)
    where tenant_id = ${tenant_id} and email_id = ${email_id}
    returning ${emailHeadColumns}`.execute(tx);
  const email = queued.rows[0];
  if (email === undefined) throw new Error(`e-mail ${email_id} was locked and is not there`);
  if (again) await schedule(tx, { tenant_id, kind: 'email', ref_id: email_id, next_due_at: now });
  return email;
}
