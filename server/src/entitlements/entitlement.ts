import type { TierFeature } from '../catalog/index.ts';

/** What kind of thing a feature is; `unknown` where the tier does not name it. */
export const ENTITLEMENT_KINDS = ['boolean', 'static', 'metered', 'unknown'] as const;

/** What a tenant may do with a feature of its tier, at one moment. */
export interface Entitlement {
  feature: string;
  kind: (typeof ENTITLEMENT_KINDS)[number];
  /** Whether `quantity` more is let in. */
  allowed: boolean;
  /** Null is no limit; 0 is none at all. */
  limit: number | null;
  /** Of a metered feature in the present billing period; of a static one what the host says. Else null. */
  used: number | null;
  /** Null without a limit, or where `used` is not known. */
  remaining: number | null;
  /** When `used` begins at 0 again; null where it does not. */
  resets_at: Date | null;
  /** Whether use beyond the limit is let in, and paid. */
  overage: boolean;
}

/** What is asked about. */
export interface EntitlementQuestion {
  /** How much more: 1 where it is left out. */
  quantity?: number | undefined;
  /** How many there are, for a static feature: only the host knows that. */
  used?: number | undefined;
}

/** How far a metered feature is used, and until when that counts. */
export interface MeteredUse {
  used: number;
  resets_at: Date | null;
}

const NOTHING_KNOWN = { used: null, remaining: null, resets_at: null, overage: false } as const;

/** A feature that the tier does not name: nobody has it. */
export function unknownFeature(feature: string): Entitlement {
  return { ...NOTHING_KNOWN, feature, kind: 'unknown', allowed: false, limit: 0, remaining: 0 };
}

/** What a tier that offers a boolean or static feature says to a question. */
export function unmetered(
  feature: string,
  offered: Exclude<TierFeature, { kind: 'metered' }>,
  { quantity = 1, used }: EntitlementQuestion,
): Entitlement {
  const { kind } = offered;
  if (kind === 'boolean')
    return { ...NOTHING_KNOWN, feature, kind, allowed: offered.enabled, limit: offered.enabled ? null : 0 };
  const { limit } = offered;
  const allowed = limit === null || (used ?? 0) + quantity <= limit;
  if (used === undefined) return { ...NOTHING_KNOWN, feature, kind, allowed, limit };
  return { ...NOTHING_KNOWN, feature, kind, allowed, limit, used, remaining: leftOf(limit, used) };
}

/** What a limit and its use say to a question. With `overage` more is let in than the limit. */
export function metered(
  feature: string,
  { limit, overage }: Pick<Entitlement, 'limit' | 'overage'>,
  { used, resets_at }: MeteredUse,
  { quantity = 1 }: EntitlementQuestion,
): Entitlement {
  const allowed = overage || limit === null || used + quantity <= limit;
  // Field by field: spreading costs as much as all the rest.
  return {
    feature,
    kind: 'metered',
    allowed,
    limit,
    used,
    remaining: leftOf(limit, used),
    resets_at,
    overage,
  };
}

function leftOf(limit: number | null, used: number): number | null {
  return limit === null ? null : Math.max(0, limit - used);
}
