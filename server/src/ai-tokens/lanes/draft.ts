import type { KeyClaim } from '../../request-keys/index.ts';
import type { HoldRow } from '../hold-row.ts';
import type { Book } from '../plan/book.ts';
import type { UsePlan } from '../plan/plan.ts';
import type { UsageLabels } from '../usage-row.ts';
import type { LaneKey } from './known-keys.ts';

/** A use to be written under its id. */
export interface DraftedUse {
  tenant_id: string;
  usage_id: string;
  plan: UsePlan;
  labels: UsageLabels;
  /** The hash of what was asked, where the request_id's key is to be stored with the use. */
  body_hash: KeyClaim['body_hash'] | undefined;
}

/** A hold to be written. */
export type DraftedHold = { tenant_id: string } & Pick<
  HoldRow,
  | 'hold_id'
  | 'request_id'
  | 'feature_type'
  | 'user_id'
  | 'tokens'
  | 'grant_ids'
  | 'grant_tokens'
  | 'expires_at'
  | 'grace_until'
>;

/** The end of a hold: by a settlement, which has a use, or by its owner's release. */
export interface DraftedEnd {
  tenant_id: string;
  hold_id: string;
  at: Date;
  balance_after: bigint;
  settled: { usage_id: string; tokens: bigint } | undefined;
}

/** A request's key with the row that has its answer: those of uses go with the use. */
export interface DraftedKey {
  claim: KeyClaim;
  status: number;
  ref_id: string;
}

/** A book that the draft changes, and the version that it must still have for that. */
export interface DraftedBook {
  book: Book;
  planned_version: bigint;
}

/** Everything that one batch will write, in one statement. */
export class Draft {
  readonly books = new Map<string, DraftedBook>();
  readonly uses: DraftedUse[] = [];
  readonly holds: DraftedHold[] = [];
  readonly ends: DraftedEnd[] = [];
  readonly keys: DraftedKey[] = [];
  /** All keys that it writes, those of uses included, as the lane is to know them. */
  readonly lane_keys: LaneKey[] = [];

  /** Notes that a book was planned on, and which version it had before. */
  change(book: Book, planned_version: bigint): void {
    if (!this.books.has(book.tenant_id)) this.books.set(book.tenant_id, { book, planned_version });
  }
}
