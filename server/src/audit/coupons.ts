import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

/** What is audited of a seller's coupons. */
export const COUPON_CHECK = {
  name: 'coupons',
  says: 'every coupon counts the redemptions that its tenants have',
} as const;

/** How often a coupon was redeemed, as it says and as the rows of its seller's tenants say. */
interface CountedCoupon {
  code: string;
  redemptions: bigint;
  counted: bigint;
}

/** The coupons of a seller at one moment; undefined where it has none. */
async function readCoupons(db: Database, tenant_id: string): Promise<CountedCoupon[] | undefined> {
  const found = await db.asJob(
    (tx) =>
      sql<CountedCoupon>`
        select c.code, c.redemptions, coalesce(r.counted, 0) as counted
        from coupons c left join (
          select coupon_id, count(*) as counted from coupon_redemptions
          where seller_id = ${tenant_id} group by coupon_id) r using (coupon_id)
        where c.tenant_id = ${tenant_id} order by c.code`.execute(tx),
    { snapshot: true },
  );
  return found.rows.length === 0 ? undefined : found.rows;
}

/** Compares a seller's coupons with what was redeemed: the first difference in words, null for none. */
export async function auditCoupons(db: Database, tenant_id: string): Promise<string | null | undefined> {
  const coupons = await readCoupons(db, tenant_id);
  const different = coupons?.find(({ redemptions, counted }) => redemptions !== counted);
  if (different === undefined) return coupons === undefined ? undefined : null;
  const { code, redemptions, counted } = different;
  return `coupon ${code}: redemptions is ${redemptions}, its tenants have ${counted}`;
}
