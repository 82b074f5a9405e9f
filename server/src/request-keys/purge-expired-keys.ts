import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/**
 * Deletes at most `limit` answered keys whose time is over and says how many there were: fewer than
 * `limit` means that none is left. Open claims stay, because a payment may hang on them. It sees the
 * tenants that the transaction's role sees.
 */
export async function purgeExpiredKeys(tx: Tx, now: Date, limit: number): Promise<number> {
  const deleted = await sql`
    DELETE FROM request_keys
    WHERE (tenant_id, namespace, key) IN (
      SELECT tenant_id, namespace, key FROM request_keys
      WHERE expires_at <= ${now} AND status_code IS NOT NULL
      ORDER BY expires_at LIMIT ${limit})
    RETURNING 1`.execute(tx);
  return deleted.rows.length;
}
