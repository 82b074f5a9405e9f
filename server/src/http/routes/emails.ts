import { z } from 'zod';
import {
  EMAIL_KINDS,
  EMAIL_STATUSES,
  type EmailHead,
  listEmails,
  readEmail,
  resendEmail,
} from '../../email/index.ts';
import { defineRoute, listOf, pageOf, timedListQuery, timeOut, total, uuid } from '../index.ts';

const tag = 'E-mails';

const fields = {
  email_id: uuid,
  kind: z.enum(EMAIL_KINDS),
  status: z.enum(EMAIL_STATUSES).meta({
    description:
      'queued until the mail server has taken it (sent) or never did (failed); kept where there is none.',
  }),
  to_address: z.string(),
  subject: z.string(),
  invoice_id: uuid.nullable().meta({ description: 'The invoice or credit note whose PDF goes along.' }),
  attempts: total,
  last_error: z
    .string()
    .nullable()
    .meta({ description: 'Why the last attempt failed, in the words of the mail server.' }),
  from_name: z.string().nullable(),
  from_address: z.string().nullable().meta({ description: 'Null until it is composed.' }),
  created_at: timeOut,
  sent_at: timeOut.nullable(),
};
const email = z.strictObject(fields);
const emailWithWords = z.strictObject({
  ...fields,
  text: z.string(),
  html: z.string().meta({ description: 'A whole document without scripts. Show it in a sandboxed frame.' }),
});

function view({ tenant_id: _tenant, seller_id: _seller, ...shown }: EmailHead) {
  return shown;
}

const params = z.strictObject({ email_id: uuid });

const listRoute = defineRoute({
  method: 'GET',
  path: '/emails',
  operation_id: 'list_emails',
  summary: 'The outbox: e-mails to the tenant, newest first',
  tag,
  scope: 'read',
  mode: 'read',
  query: z.strictObject({
    ...timedListQuery,
    kind: z.enum(EMAIL_KINDS).optional(),
    status: z.enum(EMAIL_STATUSES).optional(),
  }),
  responses: { 200: listOf(email) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after, ...filter } }) => {
    const rows = await listEmails(tx, tenant_id, { ...filter, after, limit: limit + 1 });
    const page = pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.email_id }));
    return { status: 200, body: { data: page.data.map(view), next_cursor: page.next_cursor } };
  },
});

const getRoute = defineRoute({
  method: 'GET',
  path: '/emails/:email_id',
  operation_id: 'get_email',
  summary: 'One e-mail with its words',
  description: 'As it went out; of one that was not tried yet, as it would go out now.',
  tag,
  scope: 'read',
  mode: 'own',
  params,
  responses: { 200: emailWithWords },
  handler: async ({ services, tenant_id, params: { email_id } }) => {
    const { facts: _facts, text, html, ...head } = await readEmail(services.emails, tenant_id, email_id);
    return { status: 200, body: { ...view(head), text: text ?? '', html: html ?? '' } };
  },
});

const resendRoute = defineRoute({
  method: 'POST',
  path: '/emails/:email_id/resend',
  operation_id: 'resend_email',
  summary: 'Queue an e-mail again that failed or was kept',
  description:
    'It goes to the billing address of now, from the first attempt on. Without a mail server it is kept again. One that is queued stays so.',
  tag,
  scope: 'write',
  mode: 'write',
  params,
  responses: { 200: email },
  errors: ['email_sent'],
  handler: async ({ tx, services, tenant_id, params: { email_id } }) => ({
    status: 200,
    body: view(await resendEmail(tx, tenant_id, email_id, services.clock.now(tenant_id))),
  }),
});

export const emailRoutes = [listRoute, getRoute, resendRoute];
