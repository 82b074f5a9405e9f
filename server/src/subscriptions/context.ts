import type { TokenServices } from '../ai-tokens/index.ts';
import { bookContext } from '../ai-tokens/index.ts';
import type { InvoiceContext, UsagePriceDefaults } from '../invoices/index.ts';
import type { TaxProvider } from '../tax/index.ts';

/** What the operations on subscriptions need: those with a payment have several transactions. */
export interface SubscriptionServices extends TokenServices {
  tax: TaxProvider;
  /** A plain decimal in minor units. */
  api_price_cents_per_1k: string;
}

/** The context of one transaction of a tenant, at a time of its own: due work happens when it was due. */
export type SubscriptionContext = InvoiceContext &
  UsagePriceDefaults &
  Pick<SubscriptionServices, 'payments'>;

/** The context of a transaction of a tenant, at the tenant's present time unless another is given. */
export function subscriptionContext(
  services: SubscriptionServices,
  tenant_id: string,
  at?: Date,
): SubscriptionContext {
  const { tax, payments, api_price_cents_per_1k, token_price_cents_per_1k } = services;
  const context = bookContext(services, tenant_id);
  return {
    ...context,
    now: at ?? context.now,
    tax,
    payments,
    api_price_cents_per_1k,
    token_price_cents_per_1k,
  };
}
