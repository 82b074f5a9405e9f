import type { GetRevenueMetricsAnswer } from '@tallystick/sdk';
import { useQuery } from '@tanstack/react-query';
import { revenueMetricsQuery } from '../../api/queries.ts';
import { ShareBar } from '../../charts/share-bar.tsx';
import { formatCents } from '../../format/money.ts';
import { formatShare } from '../../format/numbers.ts';
import { Card } from '../../ui/card.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { SectionState } from '../section-state.tsx';
import type { RevenueOf } from './revenue-of.ts';

type Stream = keyof GetRevenueMetricsAnswer['by_stream'];

const titles: Readonly<Record<Stream, string>> = {
  subscriptions: 'Subscriptions',
  tokens: 'AI tokens',
  api_calls: 'API calls',
  features: 'Features',
  other: 'Other, and credit notes',
};

/** What earned it, over all the months. */
export function StreamsSection({ seller_id, asked, currency }: RevenueOf) {
  const query = useQuery(revenueMetricsQuery(seller_id, asked));
  return (
    <Card title="By stream" note="recognised, 12 months">
      <SectionState query={query} skeleton={<SkeletonRows rows={5} />}>
        {({ by_stream, recognised_cents }) => (
          <ul className="flex flex-col gap-3.5 pt-1.5">
            {(Object.keys(titles) as Stream[]).map((stream) => (
              <li key={stream}>
                <div className="mb-1 flex items-baseline justify-between gap-3">
                  <span className="truncate">{titles[stream]}</span>
                  <span className="font-medium tabular">{formatCents(by_stream[stream], currency)}</span>
                </div>
                <ShareBar part={Math.max(0, by_stream[stream])} whole={Math.max(0, recognised_cents)} />
                <p className="mt-1 text-[13px] text-ink-faint tabular">
                  {formatShare(by_stream[stream], recognised_cents)}
                </p>
              </li>
            ))}
          </ul>
        )}
      </SectionState>
    </Card>
  );
}
