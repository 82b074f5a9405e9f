import type { Tx } from '../db/index.ts';
import { moveToTier, sellersTier } from '../tenants/index.ts';

/** The tier of whoever has no subscription. */
const FALLBACK_TIER = 'free';

/** Puts a tenant back on the present free tier of its seller, from a time on. */
export async function moveToFree(tx: Tx, tenant_id: string, at: Date): Promise<void> {
  await moveToTier(tx, tenant_id, await sellersTier(tx, tenant_id, FALLBACK_TIER), at);
}
