import type { Database } from '../db/index.ts';
import { earliestItem, finishItem, SILENT_LOG } from '../due-work/index.ts';
import { emailSending } from '../email/index.ts';
import { requireInvoice } from '../invoices/index.ts';

/** Keeps what studios were told by e-mail, for reading: nobody is written to. Invoices have their numbers by then. */
export async function keepEmails(
  db: Pick<Database, 'inTenant'>,
  tenant_ids: Iterable<string>,
): Promise<void> {
  for (const tenant_id of tenant_ids)
    await db.inTenant(tenant_id, async (tx) => {
      const handler = emailSending(
        {
          // All of a studio in one transaction.
          db: { inTenant: (_tenant_id, work) => work(tx) },
          mailer: null,
          invoice_pages: {
            numberOf: async (_tenant_id, invoice_id) => {
              const { number } = await requireInvoice(tx, tenant_id, invoice_id);
              if (number === null) throw new Error(`invoice ${invoice_id} of the demo has no number`);
              return number;
            },
            draw: () => Promise.reject(new Error('an e-mail that is kept has no page')),
          },
          public_url: undefined,
        },
        SILENT_LOG,
      );
      for (let item = await earliestItem(tx, tenant_id, ['email']); item !== undefined; ) {
        await finishItem(tx, item, item.next_due_at, await handler.runOwn(item, item.next_due_at));
        item = await earliestItem(tx, tenant_id, ['email']);
      }
    });
}
