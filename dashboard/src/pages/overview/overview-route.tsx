import { useQuery } from '@tanstack/react-query';
import { useNavigate, useRouteContext, useRouterState, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { explainError } from '../../api/explain-error.ts';
import { tenantQuery, tenantsQuery, type WindowDays } from '../../api/queries.ts';
import { serverAddress } from '../../api/server-address.ts';
import { AppShell } from '../../shell/app-shell.tsx';
import { TenantSwitcher } from '../../shell/tenant-switcher.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { lastTenant, rememberTenant } from './last-tenant.ts';
import { OverviewPage } from './overview-page.tsx';

/** The overview of the tenant that the address names. An operator chooses; everybody else has one. */
export function OverviewRoute() {
  const { session } = useRouteContext({ from: '/' });
  const { tenant: named, days = 30 } = useSearch({ from: '/' });
  const navigate = useNavigate({ from: '/' });
  const tenants = useQuery({ ...tenantsQuery(session.tenant_id), enabled: session.operator });
  const chosen = session.operator ? (named ?? defaultTenant(tenants.data)) : session.tenant_id;
  const tenant = useQuery({ ...tenantQuery(chosen ?? ''), enabled: chosen !== undefined });
  // Who is on the way to another page is not brought back to name the tenant.
  const leaving = useRouterState({
    select: ({ location, resolvedLocation }) => location.pathname !== resolvedLocation?.pathname,
  });
  useEffect(() => {
    if (chosen === undefined || !session.operator) return;
    rememberTenant(chosen);
    if (named === undefined && !leaving)
      void navigate({ search: (search) => ({ ...search, tenant: chosen }), replace: true });
  }, [chosen, named, leaving, navigate, session.operator]);
  const name = tenant.data?.name;
  useEffect(() => {
    document.title = name === undefined ? 'Tallystick' : `${name} · Tallystick`;
  }, [name]);
  const choose = (tenant_id: string) =>
    void navigate({ search: (search) => ({ ...search, tenant: tenant_id }) });
  const onDays = (next: WindowDays) => void navigate({ search: (search) => ({ ...search, days: next }) });
  const place = session.operator ? (
    <TenantSwitcher tenants={tenants.data ?? []} current={tenant.data} onChoose={choose} />
  ) : null;
  const error = tenants.error ?? tenant.error;
  return (
    <AppShell session={session} place={place}>
      {tenant.data !== undefined ? (
        // A key, so that nothing of one tenant is shown for a moment as another's.
        <OverviewPage key={tenant.data.tenant_id} tenant={tenant.data} days={days} onDays={onDays} />
      ) : error !== null ? (
        <Notice title={explainError(error).title}>{explainError(error).detail}</Notice>
      ) : tenants.data?.length === 0 ? (
        <NoTenants />
      ) : (
        <PageSkeleton />
      )}
    </AppShell>
  );
}

/** The one looked at last in this browser, else the one that has been there longest. */
function defaultTenant(
  tenants: readonly { tenant_id: string; created_at: string }[] | undefined,
): string | undefined {
  const last = lastTenant();
  if (tenants?.some((tenant) => tenant.tenant_id === last)) return last;
  return tenants?.toSorted((one, other) => one.created_at.localeCompare(other.created_at))[0]?.tenant_id;
}

function NoTenants() {
  return (
    <div className="rounded-card border border-line bg-surface px-5 shadow-card">
      <EmptyState
        title="No tenants yet"
        command={[
          `curl -X POST ${serverAddress}/api/v1/monetization/tenants \\`,
          `  -H "Authorization: Bearer $TALLYSTICK_KEY" -H 'Content-Type: application/json' \\`,
          `  -d '{"name": "Harbour Studio"}'`,
        ].join('\n')}
      >
        A tenant is a customer with a book of its own. Make the first one with an operator key, and reload:
      </EmptyState>
    </div>
  );
}

function PageSkeleton() {
  return (
    <div role="status" aria-label="Loading">
      <Skeleton className="mb-6 h-9 w-64" />
      <Skeleton className="mb-4 h-26 rounded-card" />
      <div className="grid gap-4 lg:grid-cols-3">
        <Skeleton className="h-80 rounded-card lg:col-span-2" />
        <Skeleton className="h-80 rounded-card" />
      </div>
    </div>
  );
}
