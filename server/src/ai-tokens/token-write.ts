import type { Json } from '../json/index.ts';
import { bodyHash } from '../json/index.ts';
import { httpKeyLifetimeMs, type KeyClaim } from '../request-keys/index.ts';
import type { TokenAnswers } from './answers.ts';

/** A use of tokens: `tokens_used` from 1 to 2^31-1. */
export interface TokenUse {
  tokens_used: number;
  feature_type: string;
  request_id?: string | undefined;
  user_id?: string | undefined;
  metadata?: Json | undefined;
}

/** Tokens to hold, 1 to 2^31-1, for one request. */
export interface HoldRequest {
  tokens: number;
  feature_type: string;
  request_id: string;
  ttl_seconds?: number | undefined;
  user_id?: string | undefined;
}

/** The writes of the hot path. What settles a hold is what was really used, 1 to 2^31-1 tokens. */
export type TokenWrite =
  | { kind: 'use'; use: TokenUse }
  | { kind: 'hold'; hold: HoldRequest }
  | { kind: 'settle'; hold_id: string; tokens_used: number }
  | { kind: 'release'; hold_id: string };

export type WriteKind = keyof TokenAnswers;

/** The Idempotency-Key that came with a write, bound to what it asks for. */
export type WriteHeader = Pick<KeyClaim, 'namespace' | 'key' | 'body_hash'>;

/**
 * A write's answer, once it is durable. The status is 201 for a new use or hold, else 200; a replay under an
 * Idempotency-Key has the status of the first answer. `replayed` says that this is what an earlier call was answered.
 */
export type Written<Kind extends WriteKind> = Kind extends 'use' | 'hold'
  ? Reply<201, Kind> | Reply<200, Kind>
  : Reply<200, Kind>;

interface Reply<Status, Kind extends WriteKind> {
  status: Status;
  body: TokenAnswers[Kind];
  replayed: boolean;
}

/**
 * Does the writes of the hot path, each once and all or nothing. There are two, which cannot be told apart by their
 * answers: one with a transaction for each write, and one that gathers them. A write fails with `tokens_insufficient`,
 * `feature_unknown`, `request_id_reused`, `idempotency_key_reused`, `hold_released`, `hold_settled`, `settlement_differs`,
 * `not_found` or, where too much is waiting, `overloaded`.
 */
export interface TokenWriter {
  write<Kind extends WriteKind>(
    tenant_id: string,
    write: Extract<TokenWrite, { kind: Kind }>,
    header?: WriteHeader,
  ): Promise<Written<Kind>>;
  /** Lets what was begun finish. To be called before the database is closed. */
  close(): Promise<void>;
}

/** The key of the Idempotency-Key, kept for a day; undefined where the write has none. */
export function headerClaim(
  tenant_id: string,
  header: WriteHeader | undefined,
  now: Date,
): KeyClaim | undefined {
  if (header === undefined) return undefined;
  const expires_at = new Date(now.getTime() + httpKeyLifetimeMs);
  return { ...header, tenant_id, now, expires_at, reused_code: 'idempotency_key_reused' };
}

/** The key of the request_id, kept for ever; undefined where the write has none. */
export function requestClaim(tenant_id: string, write: TokenWrite, now: Date): KeyClaim | undefined {
  const asked = write.kind === 'use' ? write.use : write.kind === 'hold' ? write.hold : undefined;
  if (asked?.request_id === undefined) return undefined;
  const namespace = write.kind === 'use' ? 'usage' : 'holds';
  const body_hash = bodyHash(asked);
  return { tenant_id, namespace, key: asked.request_id, body_hash, now, reused_code: 'request_id_reused' };
}
