import { EmptyState } from '../../ui/empty-state.tsx';
import { curlFor } from '../curl-for.ts';

/** How the first revenue comes about. */
export function NoRevenue({ title }: { title: string }) {
  return (
    <EmptyState
      title={title}
      command={curlFor('$TENANT_ID', '/subscriptions', { tier_name: 'professional' })}
    >
      Subscribe a tenant to a tier: what it costs recurs from its first payment on.
    </EmptyState>
  );
}
