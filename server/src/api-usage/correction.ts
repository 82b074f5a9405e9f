import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/** What can be done about a call: it does not count at all, or it counts with another status. */
export const CORRECTION_ACTIONS = ['void', 'amend'] as const;
export type CorrectionAction = (typeof CORRECTION_ACTIONS)[number];

/** A row of `api_usage_corrections`, less its tenant. */
export interface Correction {
  correction_id: string;
  source: string;
  id: string;
  /** From 1 on: a second correction of a call follows the first. */
  sequence: number;
  action: CorrectionAction;
  /** Null where the call did not count before. */
  status_code_before: number | null;
  /** Null where it does not count any more. */
  status_code_after: number | null;
  reason: string;
  /** Of the call. */
  period_id: string;
  occurred_at: Date;
  endpoint: string;
  method: string;
  api_key_id: string | null;
  response_time_ms: number;
  corrected_by_api_key_id: string | null;
  corrected_by_user_id: string | null;
  created_at: Date;
  /** The period with whose bill it was taken into account; null until then. */
  billed_period_id: string | null;
}

/** The columns of a Correction. */
export const correctionColumns = sql`correction_id, source, id, sequence,
  case when status_code_after is null then 'void' else 'amend' end as action, status_code_before, status_code_after, reason,
  period_id, occurred_at, endpoint, method, api_key_id, response_time_ms::float8 as response_time_ms,
  corrected_by_api_key_id, corrected_by_user_id, created_at, billed_period_id`;

/** A tenant's corrections, newest first, from behind `after` on. */
export async function listCorrections(
  tx: Tx,
  tenant_id: string,
  { after, limit }: { after?: { time: Date; id: string } | undefined; limit: number },
): Promise<Correction[]> {
  const found = await sql<Correction>`
    select ${correctionColumns} from api_usage_corrections
    where tenant_id = ${tenant_id}
      and (${after?.id ?? null}::uuid is null or (created_at, correction_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, correction_id desc limit ${limit}`.execute(tx);
  return found.rows;
}
