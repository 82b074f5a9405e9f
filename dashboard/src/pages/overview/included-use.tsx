import type {
  GetAiTokenBalanceAnswer,
  GetCurrentSubscriptionAnswer,
  ListEntitlementsAnswer,
} from '@tallystick/sdk';
import { useQuery } from '@tanstack/react-query';
import { balanceQuery, entitlementsQuery, tiersQuery } from '../../api/queries.ts';
import { ShareBar } from '../../charts/share-bar.tsx';
import { formatTime } from '../../format/dates.ts';
import { formatCount } from '../../format/numbers.ts';

/** Something of which so much may be used. */
interface Use {
  name: string;
  used: number;
  /** Null for no limit. */
  limit: number | null;
  note: string;
}

type Entitlement = ListEntitlementsAnswer['data'][number];
type Grant = GetAiTokenBalanceAnswer['grants'][number];

interface IncludedUseProps {
  tenant_id: string;
  subscription: GetCurrentSubscriptionAnswer;
}

/** What the period includes, as far as it can be used up, and given tokens, which do not stay. */
export function IncludedUse({ tenant_id, subscription }: IncludedUseProps) {
  const entitlements = useQuery(entitlementsQuery(tenant_id)).data ?? [];
  const grants = useQuery(balanceQuery(tenant_id)).data?.grants;
  const { tier_name, tier_version } = subscription;
  const tier = useQuery(tiersQuery(tenant_id)).data?.find(
    (known) => known.tier_name === tier_name && known.version === tier_version,
  );
  // Who is suspended or paused has none.
  const in_use = ['trialing', 'active', 'past_due'].includes(subscription.status);
  const included = in_use ? (tier?.included_ai_tokens ?? 0) : 0;
  const uses = [...givenTokens(grants, included), ...entitlements.flatMap(meteredUse)];
  if (uses.length === 0) return null;
  return (
    <ul aria-label="Included use" className="flex flex-col gap-3 border-t border-line pt-3">
      {uses.map(({ name, used, limit, note }) => (
        <li key={name}>
          <div className="mb-1 flex items-baseline justify-between gap-3 text-[13px]">
            <span className="truncate text-ink-soft">{name}</span>
            <span className="whitespace-nowrap tabular">
              {formatCount(used)}{' '}
              <span className="text-ink-faint">of {limit === null ? 'any number' : formatCount(limit)}</span>
            </span>
          </div>
          <ShareBar
            part={Math.min(used, limit ?? 0)}
            whole={limit ?? 0}
            tone={limit !== null && used >= limit ? 'fill-(--chart-2)' : 'fill-(--chart-1)'}
          />
          <p className="mt-1 text-[13px] text-ink-faint">{note}</p>
        </li>
      ))}
    </ul>
  );
}

/**
 * Given tokens that expire are used before bought ones: those that a period includes, and any others. Where all of them
 * are gone no grant tells of them any more.
 */
function givenTokens(grants: readonly Grant[] | undefined, included: number): Use[] {
  if (grants === undefined) return [];
  const name = 'Included tokens';
  const given = grants.filter(({ source, expires_at }) => source === 'given' && expires_at !== null);
  const first = given.map(({ expires_at }) => expires_at ?? '').sort()[0];
  if (first === undefined)
    return included === 0
      ? []
      : [{ name, used: included, limit: included, note: 'Used up until the next month' }];
  const sum = (of: (grant: Grant) => number) => given.reduce((total, grant) => total + of(grant), 0);
  const used = sum(({ tokens_used }) => tokens_used);
  return [
    {
      name,
      used,
      limit: sum(({ tokens }) => tokens),
      note: `${given.length === 1 ? 'They last' : 'The first last'} until ${formatTime(first)}`,
    },
  ];
}

/** Tokens are told from their grants. */
function meteredUse({ feature, kind, used, limit, overage, resets_at }: Entitlement): Use[] {
  if (kind !== 'metered' || used === null || feature === 'ai_tokens') return [];
  const begins = resets_at === null ? '' : `Begins again ${formatTime(resets_at)}`;
  const over = overage && limit !== null && used > limit;
  return [
    {
      name: nameOf(feature),
      used,
      limit,
      note: over ? `${formatCount(used - limit)} beyond, billed at the end of the period` : begins,
    },
  ];
}

function nameOf(feature: string): string {
  if (feature === 'api_calls') return 'API calls';
  const words = feature.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
