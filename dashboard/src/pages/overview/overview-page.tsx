import type { GetTenantAnswer } from '@tallystick/sdk';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { balanceQuery, REFRESH_MS, WINDOW_DAYS, type WindowDays } from '../../api/queries.ts';
import { formatMonth } from '../../format/dates.ts';
import { Button } from '../../ui/button.tsx';
import { CoinsIcon } from '../../ui/icons.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { UpdatedAgo } from '../../ui/updated-ago.tsx';
import { BalanceSection } from './balance-section.tsx';
import { BuyDialog } from './buy-dialog.tsx';
import { CallsSection } from './calls-section.tsx';
import { EmailsSection } from './emails-section.tsx';
import { EndpointsSection } from './endpoints-section.tsx';
import { FeaturesSection } from './features-section.tsx';
import { Headline } from './headline.tsx';
import { InvoicesSection } from './invoices-section.tsx';
import { PlanSection } from './plan-section.tsx';
import { StatusesSection } from './statuses-section.tsx';
import { TransactionsSection } from './transactions-section.tsx';

interface OverviewPageProps {
  tenant: GetTenantAnswer;
  days: WindowDays;
  onDays(days: WindowDays): void;
}

const windows = WINDOW_DAYS.map((days) => ({ value: days, label: `${days} d`, name: `Last ${days} days` }));

/** What one tenant pays for, bought, holds and uses, and what it calls. */
export function OverviewPage({ tenant, days, onDays }: OverviewPageProps) {
  const { tenant_id, name, tier_name, currency, created_at } = tenant;
  const balance = useQuery(balanceQuery(tenant_id));
  const [buying, setBuying] = useState(false);
  const of = { tenant_id, days };
  return (
    <>
      <div className="mb-5 flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 grow basis-60">
          <h1 className="truncate text-[22px] leading-7 font-semibold tracking-[-0.02em]">{name}</h1>
          <p className="text-ink-faint">
            <span className="capitalize">{tier_name.replaceAll('_', ' ')}</span> · {currency} · since{' '}
            {formatMonth(created_at)} ·{' '}
            <UpdatedAgo
              updated_at={balance.dataUpdatedAt}
              failed={balance.isError}
              stale_ms={3 * REFRESH_MS}
            />
          </p>
        </div>
        <Segmented label="Window" options={windows} value={days} onChange={onDays} />
        <Button look="primary" onClick={() => setBuying(true)}>
          <CoinsIcon /> Buy tokens
        </Button>
      </div>
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-3">
        <div className="lg:col-span-3">
          <Headline {...of} />
        </div>
        <PlanSection tenant={tenant} />
        <InvoicesSection tenant_id={tenant_id} />
        <BalanceSection {...of} />
        <FeaturesSection {...of} />
        <CallsSection {...of} />
        <StatusesSection {...of} />
        <div className="grid gap-4 lg:col-span-3 xl:grid-cols-2">
          <EndpointsSection {...of} />
          <TransactionsSection tenant_id={tenant_id} />
        </div>
        <EmailsSection tenant_id={tenant_id} />
      </div>
      {buying ? <BuyDialog tenant={tenant} onClose={() => setBuying(false)} /> : null}
    </>
  );
}
