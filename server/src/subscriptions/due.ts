import type { DueHandler, OwnHandler } from '../due-work/index.ts';
import { beginPayment, lockInvoice, recogniseRevenue } from '../invoices/index.ts';
import { type IntentKind, pursueIntent } from '../payment-intents/index.ts';
import { billPeriod, finalizeDue } from './bill-period.ts';
import { type SubscriptionServices, subscriptionContext } from './context.ts';
import { runCycle } from './run-cycle.ts';
import { tellTrialEnding } from './tell-by-email.ts';

/** What falls due of subscriptions and their invoices. */
export function subscriptionDueHandlers(services: SubscriptionServices, payment: IntentKind): DueHandler[] {
  const context = (tenant_id: string, now: Date) => subscriptionContext(services, tenant_id, now);
  return [
    {
      kind: 'subscription_cycle',
      run: (tx, { tenant_id, ref_id }, now) => runCycle(tx, context(tenant_id, now), ref_id),
    },
    {
      kind: 'billing_period_close',
      run: (tx, { tenant_id, ref_id }, now) => billPeriod(tx, context(tenant_id, now), ref_id),
    },
    {
      kind: 'invoice_finalization',
      run: (tx, { tenant_id, ref_id }, now) => finalizeDue(tx, context(tenant_id, now), ref_id),
    },
    {
      kind: 'revenue_recognition',
      run: (tx, { tenant_id }, now) => recogniseRevenue(tx, context(tenant_id, now)),
    },
    {
      kind: 'trial_ending',
      run: (tx, { tenant_id, ref_id }, now) => tellTrialEnding(tx, context(tenant_id, now), ref_id),
    },
    invoicePayments(services, payment),
  ];
}

/** Charges invoices that are due for payment. A declined payment is an end of the item too: the next is on the schedule. */
function invoicePayments(services: SubscriptionServices, payment: IntentKind): OwnHandler {
  return {
    kind: 'invoice_payment',
    runOwn: async ({ tenant_id, ref_id }, now) => {
      // Who takes no money here waits for payments made elsewhere.
      if (services.payments === null) return undefined;
      const begun = await services.db.inTenant(tenant_id, async (tx) => {
        const invoice = await lockInvoice(tx, tenant_id, ref_id);
        if (invoice.status !== 'finalized' || invoice.next_payment_at === null) return undefined;
        if (invoice.next_payment_at > now) return invoice.next_payment_at;
        return await beginPayment(
          tx,
          subscriptionContext(services, tenant_id, now),
          services.payments,
          invoice,
        );
      });
      if (typeof begun !== 'string') return begun;
      await pursueIntent(services, payment, tenant_id, begun);
      return undefined;
    },
  };
}
