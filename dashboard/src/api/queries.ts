import { paginate } from '@tallystick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, apiFor } from './client.ts';
import { readSession } from './session.ts';

/** How often figures are asked for again while somebody looks, in milliseconds. */
export const REFRESH_MS = 10_000;
/** The same for what is added up over all tenants and a year. */
export const REVENUE_REFRESH_MS = 60_000;
/** The most tenants that the switcher holds: ten requests' worth. */
const TENANTS_MAX = 2000;

const DAY_MS = 86_400_000;

/** The windows that the page offers, in days with today. */
export const WINDOW_DAYS = [7, 30, 90] as const;
export type WindowDays = (typeof WINDOW_DAYS)[number];

/** From the first UTC day of a window on; the same text all day, so that what was fetched is known again. */
function windowStart(days: WindowDays): string {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  return new Date(today - (days - 1) * DAY_MS).toISOString();
}

const live = { refetchInterval: REFRESH_MS, placeholderData: keepPreviousData } as const;

export const sessionQuery = queryOptions({ queryKey: ['session'], queryFn: readSession, staleTime: 60_000 });

/** A tenant by its id. */
export const tenantQuery = (tenant_id: string) =>
  queryOptions({
    queryKey: ['tenant', tenant_id],
    queryFn: () => apiFor(tenant_id).getTenant({ tenant_id }),
  });

/** The tenants that a tenant sells to, by name. */
export const tenantsQuery = (seller_id: string) =>
  queryOptions({
    queryKey: ['tenants', seller_id],
    staleTime: 60_000,
    queryFn: async () => {
      const found = [];
      for await (const tenant of paginate((page) => apiFor(seller_id).listTenants({ limit: 200, ...page }))) {
        found.push(tenant);
        if (found.length === TENANTS_MAX) break;
      }
      return found.sort((one, other) => one.name.localeCompare(other.name));
    },
  });

export const featuresQuery = queryOptions({
  queryKey: ['features'],
  staleTime: 300_000,
  queryFn: async () => (await api.listFeatures({ limit: 200 })).data,
});

/** Everything below is of one tenant, and asked for again while the page is seen. */
export const figures = (tenant_id: string) => ['figures', tenant_id] as const;

export const balanceQuery = (tenant_id: string) =>
  queryOptions({
    ...live,
    queryKey: [...figures(tenant_id), 'balance'],
    queryFn: () => apiFor(tenant_id).getAiTokenBalance(),
  });

export const historyQuery = (tenant_id: string, days: WindowDays) =>
  queryOptions({
    ...live,
    queryKey: [...figures(tenant_id), 'history', days],
    queryFn: async () => (await apiFor(tenant_id).getAiTokenBalanceHistory({ from: windowStart(days) })).days,
  });

export const tokensByFeatureQuery = (tenant_id: string, days: WindowDays) =>
  queryOptions({
    ...live,
    queryKey: [...figures(tenant_id), 'features', days],
    queryFn: () =>
      apiFor(tenant_id).summarizeAiTokenUsage({ group_by: 'feature_type', from: windowStart(days) }),
  });

/** Open holds, those to reconcile too: newest first, at most 200 of each. */
export const holdsQuery = (tenant_id: string) =>
  queryOptions({
    ...live,
    queryKey: [...figures(tenant_id), 'holds'],
    queryFn: async () => {
      const client = apiFor(tenant_id);
      const [held, expired] = await Promise.all([
        client.listAiTokenHolds({ status: 'held', limit: 200 }),
        client.listAiTokenHolds({ status: 'expired', limit: 200 }),
      ]);
      return { holds: [...held.data, ...expired.data], expired: expired.data.length };
    },
  });

export const callsQuery = (
  tenant_id: string,
  days: WindowDays,
  group_by: 'day' | 'endpoint' | 'status_code',
) =>
  queryOptions({
    ...live,
    queryKey: [...figures(tenant_id), 'calls', days, group_by],
    queryFn: () => apiFor(tenant_id).summarizeApiUsage({ group_by, from: windowStart(days) }),
  });

/** API calls of the present billing period, with what they cost so far. */
export const periodQuery = (tenant_id: string) =>
  queryOptions({
    ...live,
    queryKey: [...figures(tenant_id), 'period'],
    queryFn: () => apiFor(tenant_id).summarizeApiUsage(),
  });

export const transactionsQuery = (tenant_id: string) =>
  queryOptions({
    ...live,
    queryKey: [...figures(tenant_id), 'transactions'],
    queryFn: async () => (await apiFor(tenant_id).listTransactions({ limit: 12 })).data,
  });

/** The subscription under way; null for none. */
export const subscriptionQuery = (tenant_id: string) =>
  queryOptions({
    ...live,
    queryKey: [...figures(tenant_id), 'subscription'],
    // From the list, because a browser reports the 404 of none as a fault.
    queryFn: async () => {
      const [latest] = (await apiFor(tenant_id).listSubscriptions({ limit: 1 })).data;
      return latest === undefined || latest.ended_at !== null ? null : latest;
    },
  });

/** The tiers that the tenant is offered, at their present versions. */
export const tiersQuery = (tenant_id: string) =>
  queryOptions({
    queryKey: ['tiers', tenant_id],
    staleTime: 300_000,
    queryFn: async () => (await apiFor(tenant_id).listSubscriptionTiers({ limit: 200 })).data,
  });

/** What the tier lets the tenant do, and how much of it is used. */
export const entitlementsQuery = (tenant_id: string) =>
  queryOptions({
    ...live,
    queryKey: [...figures(tenant_id), 'entitlements'],
    queryFn: async () => (await apiFor(tenant_id).listEntitlements({ limit: 200 })).data,
  });

export const invoicesQuery = (tenant_id: string) =>
  queryOptions({
    ...live,
    queryKey: [...figures(tenant_id), 'invoices'],
    queryFn: async () => (await apiFor(tenant_id).listInvoices({ limit: 6 })).data,
  });

/** The latest e-mails, at most 200. */
export const emailsQuery = (tenant_id: string, limit: number) =>
  queryOptions({
    ...live,
    queryKey: [...figures(tenant_id), 'emails', limit],
    queryFn: () => apiFor(tenant_id).listEmails({ limit }),
  });

/** One e-mail with its words. */
export const emailQuery = (tenant_id: string, email_id: string) =>
  queryOptions({
    queryKey: [...figures(tenant_id), 'email', email_id],
    queryFn: () => apiFor(tenant_id).getEmail({ email_id }),
  });

/** What is owed by now: an invoice that has just been finalized is paid by itself in a moment. */
export const openInvoicesQuery = (tenant_id: string) =>
  queryOptions({
    ...live,
    queryKey: [...figures(tenant_id), 'open invoices'],
    queryFn: async () => (await apiFor(tenant_id).listInvoices({ status: 'finalized', limit: 50 })).data,
  });

export const paymentMethodsQuery = (tenant_id: string) =>
  queryOptions({
    ...live,
    queryKey: [...figures(tenant_id), 'payment methods'],
    queryFn: async () => (await apiFor(tenant_id).listPaymentMethods()).data,
  });

const revenue = { placeholderData: keepPreviousData, refetchInterval: REVENUE_REFRESH_MS } as const;

/** What recurs, by month: of the seller's own currency where none is named. */
export const revenueMetricsQuery = (seller_id: string, currency: string | undefined) =>
  queryOptions({
    ...revenue,
    queryKey: [...figures(seller_id), 'revenue metrics', currency],
    queryFn: () => apiFor(seller_id).getRevenueMetrics(currency === undefined ? {} : { currency }),
  });

/** What was earned and is deferred, by month and currency. */
export const revenueQuery = (seller_id: string) =>
  queryOptions({
    ...revenue,
    queryKey: [...figures(seller_id), 'revenue'],
    queryFn: async () => (await apiFor(seller_id).getRevenue()).months,
  });

export const quoteQuery = (tenant_id: string, tokens_to_purchase: number) =>
  queryOptions({
    queryKey: ['quote', tenant_id, tokens_to_purchase],
    staleTime: 30_000,
    queryFn: () => apiFor(tenant_id).quoteAiTokens({ tokens_to_purchase }),
  });
