import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import type { EmailKind } from './content.ts';
import { type Email, type EmailHead, type EmailStatus, emailColumns, emailHeadColumns } from './email.ts';
import { composeNow, type EmailServices } from './send-email.ts';

/** Which e-mails to list: of a kind, in a status, of a time, after a position, at most `limit`. */
export interface EmailFilter {
  kind?: EmailKind | undefined;
  status?: EmailStatus | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  after?: { time: Date; id: string } | undefined;
  limit: number;
}

/** A tenant's e-mails, newest first. */
export async function listEmails(tx: Tx, tenant_id: string, filter: EmailFilter): Promise<EmailHead[]> {
  const { kind = null, status = null, from = null, to = null, after, limit } = filter;
  const found = await sql<EmailHead>`
    select ${emailHeadColumns} from emails
    where tenant_id = ${tenant_id}
      and (${kind}::text is null or kind = ${kind})
      and (${status}::text is null or status = ${status})
      and (${from}::timestamptz is null or created_at >= ${from})
      and (${to}::timestamptz is null or created_at < ${to})
      and (${after?.id ?? null}::uuid is null
        or (created_at, email_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, email_id desc limit ${limit}`.execute(tx);
  return found.rows;
}

/** One e-mail with its words: those that went out, or of one that was never tried those of now. Fails with `not_found`. */
export async function readEmail(
  services: Pick<EmailServices, 'db' | 'public_url'>,
  tenant_id: string,
  email_id: string,
): Promise<Email> {
  const found = await services.db.inTenant(tenant_id, (tx) =>
    sql<Email>`select ${emailColumns} from emails where tenant_id = ${tenant_id} and email_id = ${email_id}`.execute(
      tx,
    ),
  );
  const email = found.rows[0] ?? fail('not_found', `there is no e-mail ${email_id}`);
  return email.text === null ? { ...email, ...(await composeNow(services, email, null)) } : email;
}
