import { useQuery } from '@tanstack/react-query';
import { featuresQuery, holdsQuery, tokensByFeatureQuery, type WindowDays } from '../../api/queries.ts';
import { ShareBar } from '../../charts/share-bar.tsx';
import { formatCount } from '../../format/numbers.ts';
import { Card } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { curlFor } from '../curl-for.ts';
import { SectionState } from '../section-state.tsx';

interface FeatureRow {
  feature_type: string;
  tokens_used: number;
  uses: number;
  tokens_held: number;
}

type Groups = readonly { key: string | null; tokens_used: number; uses: number }[];
type Holds = readonly { feature_type: string; tokens: number }[];

/** Features that used or hold anything, those with the most use first. */
function rowsOf(groups: Groups, holds: Holds): FeatureRow[] {
  const rows = new Map<string, FeatureRow>();
  const rowOf = (feature_type: string) => {
    const row = rows.get(feature_type) ?? { feature_type, tokens_used: 0, uses: 0, tokens_held: 0 };
    rows.set(feature_type, row);
    return row;
  };
  for (const { key, tokens_used, uses } of groups) Object.assign(rowOf(key ?? 'none'), { tokens_used, uses });
  for (const { feature_type, tokens } of holds) rowOf(feature_type).tokens_held += tokens;
  return [...rows.values()].sort((one, other) => other.tokens_used - one.tokens_used);
}

/** What the tokens went to, and what is set aside for work under way. */
export function FeaturesSection({ tenant_id, days }: { tenant_id: string; days: WindowDays }) {
  const usage = useQuery(tokensByFeatureQuery(tenant_id, days));
  const open = useQuery(holdsQuery(tenant_id)).data;
  const features = useQuery(featuresQuery).data;
  const titleOf = (feature_type: string) =>
    features?.find((feature) => feature.feature_type === feature_type)?.title ?? feature_type;
  return (
    <Card title="Tokens by feature" note={`last ${days} days`}>
      <SectionState query={usage} skeleton={<SkeletonRows rows={4} />}>
        {({ groups }) => {
          const rows = rowsOf(groups, open?.holds ?? []);
          const most = Math.max(...rows.map((row) => row.tokens_used), 0);
          return rows.length === 0 ? (
            <EmptyState
              title="No use yet"
              command={curlFor(tenant_id, '/ai-tokens/usage', {
                tokens_used: 1500,
                feature_type: 'content_generation',
              })}
            >
              Use tokens for a feature, once the tenant has some:
            </EmptyState>
          ) : (
            <ul className="flex flex-col gap-3.5 pt-1.5">
              {rows.map((row) => (
                <li key={row.feature_type}>
                  <div className="mb-1 flex items-baseline justify-between gap-3">
                    <span className="truncate">{titleOf(row.feature_type)}</span>
                    <span className="font-medium tabular">{formatCount(row.tokens_used)}</span>
                  </div>
                  <ShareBar part={row.tokens_used} whole={most} />
                  <p className="mt-1 text-[13px] text-ink-faint tabular">
                    {formatCount(row.uses)} {row.uses === 1 ? 'use' : 'uses'}
                    {row.tokens_held > 0 ? ` · ${formatCount(row.tokens_held)} held` : ''}
                  </p>
                </li>
              ))}
            </ul>
          );
        }}
      </SectionState>
      {open !== undefined && open.expired > 0 ? (
        <p className="mt-auto pt-4 text-[13px] text-warn">
          {open.expired === 1 ? 'One hold has' : `${open.expired} holds have`} expired without an end: settle
          or release {open.expired === 1 ? 'it' : 'them'}.
        </p>
      ) : null}
    </Card>
  );
}
