import type { GetTenantAnswer } from '@tallystick/sdk';
import { useQuery } from '@tanstack/react-query';
import { REVENUE_REFRESH_MS, revenueMetricsQuery } from '../../api/queries.ts';
import { Segmented } from '../../ui/segmented.tsx';
import { UpdatedAgo } from '../../ui/updated-ago.tsx';
import { EarnedSection } from './earned-section.tsx';
import { MovementsSection } from './movements-section.tsx';
import { RecurringSection } from './recurring-section.tsx';
import { RevenueHeadline } from './revenue-headline.tsx';
import { StreamsSection } from './streams-section.tsx';

interface RevenuePageProps {
  seller: GetTenantAnswer;
  asked: string | undefined;
  onCurrency(currency: string): void;
}

/** What a seller's tenants pay month by month, and what of it is earned. */
export function RevenuePage({ seller, asked, onCurrency }: RevenuePageProps) {
  const { tenant_id: seller_id } = seller;
  const metrics = useQuery(revenueMetricsQuery(seller_id, asked));
  const currency = asked ?? seller.currency;
  const of = { seller_id, asked, currency };
  const currencies = [...new Set([currency, ...(metrics.data?.currencies ?? [])])].sort();
  return (
    <>
      <div className="mb-5 flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 grow basis-60">
          <h1 className="truncate text-[22px] leading-7 font-semibold tracking-[-0.02em]">Revenue</h1>
          <p className="text-ink-faint">
            All tenants · {currency} · 12 months ·{' '}
            <UpdatedAgo
              updated_at={metrics.dataUpdatedAt}
              failed={metrics.isError}
              stale_ms={2 * REVENUE_REFRESH_MS}
            />
          </p>
        </div>
        {currencies.length < 2 ? null : (
          <Segmented
            label="Currency"
            options={currencies.map((code) => ({ value: code, label: code, name: `In ${code}` }))}
            value={currency}
            onChange={onCurrency}
          />
        )}
      </div>
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-3">
        <div className="lg:col-span-3">
          <RevenueHeadline {...of} />
        </div>
        <div className="grid grid-cols-1 gap-4 lg:col-span-3 xl:grid-cols-2">
          <RecurringSection {...of} />
          <MovementsSection {...of} />
        </div>
        <EarnedSection {...of} />
        <StreamsSection {...of} />
      </div>
    </>
  );
}
