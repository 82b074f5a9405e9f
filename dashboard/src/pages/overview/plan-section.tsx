import { type GetCurrentSubscriptionAnswer, type GetTenantAnswer, TallystickError } from '@tallystick/sdk';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { apiFor } from '../../api/client.ts';
import { explainError } from '../../api/explain-error.ts';
import { figures, openInvoicesQuery, paymentMethodsQuery, subscriptionQuery } from '../../api/queries.ts';
import { ShareBar } from '../../charts/share-bar.tsx';
import { formatTime } from '../../format/dates.ts';
import { formatCents } from '../../format/money.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Notice } from '../../ui/notice.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { curlFor } from '../curl-for.ts';

import { SectionState } from '../section-state.tsx';
import { IncludedUse } from './included-use.tsx';

type Subscription = GetCurrentSubscriptionAnswer;

/** Each status in words, with what it means for whoever pays. */
const words: Readonly<Record<Subscription['status'], string>> = {
  pending: 'Waits for its first payment',
  trialing: 'Trial',
  active: 'Active',
  past_due: 'A payment has failed',
  paused: 'Paused',
  suspended: 'Suspended until it is paid',
  cancelled: 'Ended',
  failed: 'Never began',
};

const tones: Readonly<Partial<Record<Subscription['status'], string>>> = {
  past_due: 'text-warn',
  suspended: 'text-bad',
  pending: 'text-ink-faint',
  paused: 'text-ink-faint',
};

/** Which tier the tenant pays for, what happens next, how it pays, and what it owes. */
export function PlanSection({ tenant }: { tenant: GetTenantAnswer }) {
  const query = useQuery(subscriptionQuery(tenant.tenant_id));
  return (
    <Card title="Plan" className="lg:col-span-1">
      <SectionState query={query} skeleton={<SkeletonRows rows={4} />}>
        {(subscription) =>
          subscription === null ? (
            <EmptyState
              title={`On the ${tenant.tier_name.replaceAll('_', ' ')} tier, without a subscription`}
              command={curlFor(tenant.tenant_id, '/subscriptions', { tier_name: 'professional' })}
            >
              Subscribe to a tier: its first invoice is paid at once with the default card.
            </EmptyState>
          ) : (
            <Plan tenant_id={tenant.tenant_id} subscription={subscription} />
          )
        }
      </SectionState>
    </Card>
  );
}

function Plan({ tenant_id, subscription }: { tenant_id: string; subscription: Subscription }) {
  const { tier_name, status, price_cents, currency, interval } = subscription;
  const [begun, ends] = [subscription.current_period_start, subscription.current_period_end].map(Date.parse);
  const whole = (ends ?? 0) - (begun ?? 0);
  const elapsed = Math.min(Math.max(Date.now() - (begun ?? 0), 0), whole);
  return (
    <div className="flex flex-col gap-3">
      <p className="flex items-baseline justify-between gap-3">
        <span className="truncate text-[22px] leading-7 font-semibold tracking-[-0.02em] capitalize">
          {tier_name.replaceAll('_', ' ')}
        </span>
        <span className="whitespace-nowrap tabular text-ink-soft">
          {formatCents(price_cents, currency)} a {interval}
        </span>
      </p>
      <div className="flex flex-col gap-1.5">
        <ShareBar part={elapsed} whole={whole} />
        <p className="text-[13px] text-ink-faint">
          <span className={`font-medium ${tones[status] ?? 'text-good'}`}>{words[status]}</span> ·{' '}
          {nextOf(subscription)}
        </p>
      </div>
      <PaymentState tenant_id={tenant_id} />
      <IncludedUse tenant_id={tenant_id} subscription={subscription} />
    </div>
  );
}

/** What happens at the end of the period. */
function nextOf({
  status,
  current_period_end,
  cancel_at_period_end,
  next_tier_name,
  trial_ends_at,
}: Subscription): string {
  const end = formatTime(current_period_end);
  if (cancel_at_period_end) return `ends ${end}`;
  if (status === 'paused') return `in use until ${end}, then it rests`;
  if (next_tier_name !== null) return `becomes ${next_tier_name.replaceAll('_', ' ')} ${end}`;
  if (status === 'trialing' && trial_ends_at !== null) return `the first payment is due ${end}`;
  return `renews ${end}`;
}

/** The default card, and what is owed with a way to pay it. */
function PaymentState({ tenant_id }: { tenant_id: string }) {
  const methods = useQuery(paymentMethodsQuery(tenant_id));
  const owed = useQuery(openInvoicesQuery(tenant_id));
  const client = useQueryClient();
  const pay = useMutation({
    mutationFn: async () => {
      for (const { invoice_id } of owed.data ?? []) await apiFor(tenant_id).payInvoice({ invoice_id });
    },
    onSettled: () => client.invalidateQueries({ queryKey: figures(tenant_id) }),
  });
  const card = methods.data?.find(({ is_default }) => is_default);
  const open = owed.data ?? [];
  const total = open.reduce((sum, { amount_due_cents }) => sum + amount_due_cents, 0);
  return (
    <>
      <p className="text-[13px] text-ink-faint">
        {card === undefined
          ? 'No card is saved.'
          : `Paid with ${card.brand.replaceAll('_', ' ')}${card.last4 === null ? '' : ` ending in ${card.last4}`}.`}
      </p>
      {open[0] === undefined ? null : (
        <Notice
          title={`${formatCents(total, open[0].currency)} is owed`}
          action={
            <Button disabled={pay.isPending} onClick={() => pay.mutate()}>
              {pay.isPending ? 'Paying …' : 'Pay now'}
            </Button>
          }
        >
          {pay.error instanceof TallystickError
            ? explainError(pay.error).detail
            : (open[0].last_payment_error ?? 'The invoice waits for its payment.')}
        </Notice>
      )}
    </>
  );
}
