import type { Route } from '../index.ts';
import { aiTokenRoutes } from './ai-tokens/index.ts';
import { apiUsageRoutes } from './api-usage/index.ts';
import { billingRoutes } from './billing.ts';
import { billingDetailsRoutes } from './billing-details.ts';
import { billingRunRoutes } from './billing-runs.ts';
import { couponRoutes } from './coupons.ts';
import { decisionRoutes } from './decisions.ts';
import { disputeRoutes } from './disputes.ts';
import { emailRoutes } from './emails.ts';
import { entitlementRoutes } from './entitlements.ts';
import { invoiceRoutes } from './invoices.ts';
import { ledgerRoutes } from './ledger.ts';
import { paymentMethodRoutes } from './payment-methods.ts';
import { paymentRoutes } from './payments.ts';
import { rateLimitRoutes } from './rate-limits.ts';
import { revenueRoutes } from './revenue/index.ts';
import { spendCapRoutes } from './spend-cap.ts';
import { subscriptionTierRoutes } from './subscription-tiers.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { taxRateRoutes } from './tax-rates.ts';
import { tenantRoutes } from './tenants/index.ts';
import { testClockRoutes } from './test-clock.ts';

/** Every route of the API, in the order in which the documentation shows them. */
export const routes: readonly Route[] = [
  ...tenantRoutes,
  ...subscriptionTierRoutes,
  ...subscriptionRoutes,
  ...entitlementRoutes,
  ...aiTokenRoutes,
  ...apiUsageRoutes,
  ...rateLimitRoutes,
  ...decisionRoutes,
  ...billingRoutes,
  ...invoiceRoutes,
  ...billingRunRoutes,
  ...spendCapRoutes,
  ...billingDetailsRoutes,
  ...taxRateRoutes,
  ...couponRoutes,
  ...paymentMethodRoutes,
  ...paymentRoutes,
  ...disputeRoutes,
  ...emailRoutes,
  ...ledgerRoutes,
  ...revenueRoutes,
  ...testClockRoutes,
];
