import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { findTransaction } from '../ledger/index.ts';
import {
  confirmInSandbox,
  type IntentKinds,
  type IntentServices,
  type SandboxChoice,
} from '../payment-intents/index.ts';
import { sandboxCard } from '../payments/index.ts';
import { keepSavedCard } from './end-checkout.ts';
import { type Checkout, endCheckout, findCheckout } from './store.ts';

/** What the sandbox's page shows. */
export interface SandboxPage {
  purpose: 'setup' | 'payment';
  /** `open` while there is something to choose. */
  status: 'open' | 'done' | 'declined';
  amount_cents: bigint | null;
  currency: string;
  /** Where the browser goes after a choice; null where it stays. */
  success_url: string | null;
  cancel_url: string | null;
}

/** What a person sees at the address of a payment that waits or of a checkout. Fails with `not_found`. */
export async function readSandboxPage(tx: Tx, tenant_id: string, id: string): Promise<SandboxPage> {
  const checkout = await findCheckout(tx, tenant_id, id);
  const { success_url = null, cancel_url = null } = checkout ?? {};
  if (checkout?.purpose === 'setup') {
    const status = { open: 'open', completed: 'done', expired: 'declined' } as const;
    return {
      purpose: 'setup',
      status: status[checkout.status],
      amount_cents: null,
      currency: checkout.currency,
      success_url,
      cancel_url,
    };
  }
  const payment = await findTransaction(tx, tenant_id, id);
  if (payment?.provider !== 'sandbox' || (payment.status === 'pending' && payment.action_url === null))
    return fail('not_found', 'nothing waits here');
  const status = { pending: 'open', settled: 'done', failed: 'declined' } as const;
  const { amount_cents, currency } = payment;
  return {
    purpose: 'payment',
    status: status[payment.status],
    amount_cents,
    currency,
    success_url,
    cancel_url,
  };
}

/** Does what a person chose on the page; what has ended stays as it is. Fails as readSandboxPage() does. */
export async function chooseOnSandboxPage(
  tx: Tx,
  services: Pick<IntentServices, 'clock' | 'newId' | 'payments'>,
  kinds: IntentKinds,
  name: { tenant_id: string; id: string; choice: SandboxChoice },
): Promise<SandboxPage> {
  const { tenant_id, id, choice } = name;
  const page = await readSandboxPage(tx, tenant_id, id);
  if (page.status !== 'open') return page;
  const checkout = await findCheckout(tx, tenant_id, id);
  if (page.purpose === 'payment') {
    await confirmInSandbox(tx, services, kinds, tenant_id, { transaction_id: id, choice });
  }
  if (checkout !== undefined) await endOnPage(tx, services, checkout, choice);
  return readSandboxPage(tx, tenant_id, id);
}

async function endOnPage(
  tx: Tx,
  services: Pick<IntentServices, 'clock' | 'newId'>,
  checkout: Checkout,
  choice: SandboxChoice,
): Promise<void> {
  const now = services.clock.now(checkout.tenant_id);
  if (choice === 'decline') return endCheckout(tx, checkout, 'expired', now);
  if (checkout.purpose === 'token_purchase') return endCheckout(tx, checkout, 'completed', now);
  await keepSavedCard(tx, services, checkout, sandboxCard('sandbox_card'), now);
}
