import { serverAddress } from './server-address.ts';

/** How long the page of an invoice stays in memory for the tab that shows it, in milliseconds. */
const KEPT_MS = 60_000;

/** Opens an invoice as PDF in a tab of its own. True where it could not be had. */
export async function openInvoicePage(tenant_id: string, invoice_id: string): Promise<boolean> {
  const answer = await fetch(`${serverAddress}/api/v1/monetization/invoices/${invoice_id}`, {
    headers: { accept: 'application/pdf', 'tallystick-tenant': tenant_id },
    credentials: 'same-origin',
  });
  if (!answer.ok) return true;
  const address = URL.createObjectURL(await answer.blob());
  window.open(address, '_blank');
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
  return false;
}
