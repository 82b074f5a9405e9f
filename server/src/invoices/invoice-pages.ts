import type { Database } from '../db/index.ts';
import type { InvoicePages } from '../email/index.ts';
import type { InvoiceContext } from './context.ts';
import { drawInvoice } from './draw-invoice.ts';
import { numberInvoices } from './number-invoices.ts';
import { requireInvoice } from './read-invoices.ts';

/** The pages of finalized invoices and credit notes, for e-mails that they go along with. */
export function invoicePages(db: Database, contextOf: (tenant_id: string) => InvoiceContext): InvoicePages {
  const read = (tenant_id: string, invoice_id: string) =>
    db.inTenant(tenant_id, (tx) => requireInvoice(tx, tenant_id, invoice_id));
  return {
    numberOf: async (tenant_id, invoice_id) => {
      const { number, seller_id } = await read(tenant_id, invoice_id);
      if (number !== null) return number;
      await numberInvoices(db, seller_id);
      const numbered = await read(tenant_id, invoice_id);
      if (numbered.number === null) throw new Error(`invoice ${invoice_id} has no number yet`);
      return numbered.number;
    },
    draw: (tenant_id, invoice_id) => drawInvoice(db, contextOf(tenant_id), invoice_id),
  };
}
