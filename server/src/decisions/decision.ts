import type { BookContext } from '../ai-tokens/index.ts';
import type { Clock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import type { TallystickError } from '../errors/index.ts';
import type { LimitAnswer, PolicyFigures, RateLimits } from '../rate-limits/index.ts';
import type { KeyCaller } from '../tenants/index.ts';

/** A call that somebody wants to make, and that its host asks about. */
export interface DecisionRequest {
  /** The key that the call was made with. */
  api_key: string;
  /** Makes the decision once: 1 to 255 characters, none of Unicode category C. */
  request_id: string;
  /** The route's pattern. */
  endpoint?: string | undefined;
  /** 1 to LIMIT_MAX; 1 where it is left out. Each policy multiplies it by its own. */
  cost?: number | undefined;
  /** To hold for the call: 1 to 2^31-1. Without it none are held. */
  tokens?: number | undefined;
  /** What the tokens are for; needed with them. */
  feature_type?: string | undefined;
}

/**
 * The answer. Only `allowed` stays: its request_id is answered so for ever. All others left no trace, and may be asked
 * again.
 */
export type Decision =
  | { decision: 'allowed'; hold_id?: string | undefined; replayed: boolean; policies: PolicyFigures[] }
  | { decision: 'unauthenticated' }
  | { decision: 'limited'; retry_after_seconds: number; policies: PolicyFigures[] }
  | { decision: 'unfunded'; tokens_required: bigint; tokens_remaining: bigint; top_up_url: string }
  | {
      decision: 'capped';
      limit_cents: bigint;
      spent_cents: bigint;
      would_be_cents: bigint;
      set_by: 'tenant' | 'operator';
    }
  | { decision: 'unavailable'; lacking: 'limits' | 'database'; retry_after_seconds: number };

/** Who asks: a tenant about its own keys, or an operator about any. */
export interface DecisionCaller {
  tenant_id: string;
  operator: boolean;
}

/** An Idempotency-Key that the question came with. */
export interface DecisionHeader {
  key: string;
  namespace: string;
  body_hash: Buffer;
}

/** What decisions are made of. */
export interface DecisionParts extends Pick<BookContext, 'newId' | 'known_features'> {
  db: Pick<Database, 'inTenant'>;
  clock: Clock;
  authenticate(api_key: string): Promise<KeyCaller | undefined> | KeyCaller | undefined;
  limits: Pick<RateLimits, 'take' | 'peek'>;
  /** Why a cap on spending keeps a call of a tenant out, from memory. */
  spending: { refusalOfCall(tenant_id: string): Promise<TallystickError | undefined> };
  /** Told after an answer whose tokens are held; undefined stands for a balance that is not known. */
  balances: { saw(tenant_id: string, balance: bigint | undefined): void };
}

/** The answer to a call that its limits do not let in. */
export function refusalOf(answer: Exclude<LimitAnswer, { outcome: 'allowed' }>): Decision {
  const { outcome, policies, retry_after_seconds } = answer;
  if (outcome === 'limited') return { decision: 'limited', policies, retry_after_seconds };
  return { decision: 'unavailable', lacking: 'limits', retry_after_seconds };
}
