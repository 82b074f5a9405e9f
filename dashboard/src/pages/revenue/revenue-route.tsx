import { useQuery } from '@tanstack/react-query';
import { useNavigate, useRouteContext, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { tenantQuery } from '../../api/queries.ts';
import { AppShell } from '../../shell/app-shell.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { SectionState } from '../section-state.tsx';
import { RevenuePage } from './revenue-page.tsx';

/** The revenue of the operator's tenants, in the currency that the address names. */
export function RevenueRoute() {
  const { session } = useRouteContext({ from: '/revenue' });
  const { currency } = useSearch({ from: '/revenue' });
  const navigate = useNavigate({ from: '/revenue' });
  const seller = useQuery(tenantQuery(session.tenant_id));
  useEffect(() => {
    document.title = 'Revenue · Tallystick';
  }, []);
  const onCurrency = (next: string) => void navigate({ search: { currency: next }, replace: true });
  return (
    <AppShell session={session} place={null}>
      <SectionState query={seller} skeleton={<PageSkeleton />}>
        {(data) => <RevenuePage seller={data} asked={currency} onCurrency={onCurrency} />}
      </SectionState>
    </AppShell>
  );
}

function PageSkeleton() {
  return (
    <div role="status" aria-label="Loading">
      <Skeleton className="mb-6 h-9 w-64" />
      <Skeleton className="mb-4 h-26 rounded-card" />
      <Skeleton className="h-80 rounded-card" />
    </div>
  );
}
