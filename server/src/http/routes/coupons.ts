import { z } from 'zod';
import {
  COUPON_DURATIONS,
  type Coupon,
  type CouponRedemption,
  createCoupon,
  endRedemption,
  isInForce,
  listCoupons,
  listRedemptions,
  redeemCoupon,
  setCouponActive,
} from '../../coupons/index.ts';
import { isCurrency } from '../../tenants/index.ts';
import {
  currency,
  defineRoute,
  listOf,
  listQuery,
  pageOf,
  percent,
  time,
  timeOut,
  total,
  uuid,
} from '../index.ts';

const tag = 'Coupons';

/** A code as people type it: capitals and small letters are the same. */
const code = z
  .string()
  .max(50)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]+$/, 'must have 2 to 50 of A-Z, 0-9, - and _')
  .toUpperCase()
  .meta({ examples: ['LAUNCH50'] });

const count = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

const terms = {
  code: z.string(),
  percent_off: z.number().nullable(),
  amount_off_cents: total.nullable(),
  currency: currency.nullable(),
  duration: z.enum(COUPON_DURATIONS),
};

const coupon = z.strictObject({
  coupon_id: uuid,
  ...terms,
  duration_months: z.int().nullable(),
  max_redemptions: total.nullable(),
  redeem_by: timeOut.nullable(),
  active: z.boolean(),
  redemptions: total.meta({ description: 'How many tenants have redeemed it.' }),
  created_at: timeOut,
  updated_at: timeOut,
});

const redemption = z.strictObject({
  coupon_redemption_id: uuid,
  coupon_id: uuid,
  ...terms,
  starts_at: timeOut,
  ends_at: timeOut.nullable().meta({ description: 'Of a repeating one, excluded.' }),
  used_count: total.meta({ description: 'How many invoices it took something off.' }),
  ended_at: timeOut.nullable().meta({ description: 'When it was taken back.' }),
  in_force: z.boolean().meta({ description: 'Whether it takes something off an invoice of now.' }),
});

function couponAnswer(row: Coupon) {
  return { ...row, percent_off: percentOf(row) };
}

function redemptionAnswer(row: CouponRedemption, now: Date) {
  const { seller_id: _seller, ...told } = row;
  return { ...told, percent_off: percentOf(row), in_force: isInForce(row, now) };
}

function percentOf({ percent_off }: Coupon | CouponRedemption): number | null {
  return percent_off === null ? null : Number(percent_off);
}

const createCouponRoute = defineRoute({
  method: 'POST',
  path: '/coupons',
  operation_id: 'create_coupon',
  summary: 'Make a coupon that the tenants of the acting one can redeem',
  description:
    'It takes off a percent, or an amount of one currency: off one invoice (once), off those of some months (repeating), or off all (forever).',
  tag,
  scope: 'write',
  mode: 'write',
  body: z
    .strictObject({
      code,
      percent_off: percent.min(0.0001).optional(),
      amount_off_cents: count.optional(),
      currency: z
        .string()
        .refine(isCurrency, 'must be the code of a currency of ISO 4217, such as USD')
        .meta({ pattern: '^[A-Z]{3}$', examples: ['USD'] })
        .optional(),
      duration: z.enum(COUPON_DURATIONS),
      duration_months: z.int().min(1).max(120).optional(),
      max_redemptions: count.optional().meta({ description: 'By how many tenants; without it any number.' }),
      redeem_by: time.optional().meta({ description: 'Until when, excluded; without it for ever.' }),
    })
    .refine((body) => (body.percent_off === undefined) !== (body.amount_off_cents === undefined), {
      path: ['percent_off'],
      message: 'takes the place of amount_off_cents: one of the two is needed',
    })
    .refine((body) => (body.currency === undefined) === (body.amount_off_cents === undefined), {
      path: ['currency'],
      message: 'is needed with amount_off_cents, and only there',
    })
    .refine((body) => (body.duration_months !== undefined) === (body.duration === 'repeating'), {
      path: ['duration_months'],
      message: 'is needed where the duration is repeating, and only there',
    })
    .meta({ examples: [{ code: 'LAUNCH50', percent_off: 50, duration: 'once' }] }),
  responses: { 201: coupon },
  errors: ['coupon_code_taken'],
  handler: async ({ tx, tenant_id, body, now, services: { newId } }) => ({
    status: 201,
    body: couponAnswer(await createCoupon(tx, { tenant_id, now, newId }, body)),
  }),
});

const listCouponsRoute = defineRoute({
  method: 'GET',
  path: '/coupons',
  operation_id: 'list_coupons',
  summary: 'The coupons of the acting tenant as a seller',
  tag,
  scope: 'read',
  mode: 'read',
  query: z.strictObject({ ...listQuery, code: code.optional() }),
  responses: { 200: listOf(coupon) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after, code } }) => {
    const rows = await listCoupons(tx, tenant_id, { code, after, limit: limit + 1 });
    const page = pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.coupon_id }));
    return { status: 200, body: { ...page, data: page.data.map(couponAnswer) } };
  },
});

const updateCouponRoute = defineRoute({
  method: 'PATCH',
  path: '/coupons/:coupon_id',
  operation_id: 'update_coupon',
  summary: 'Let a coupon be redeemed no longer, or again',
  description: 'What was redeemed holds on.',
  tag,
  scope: 'write',
  mode: 'write',
  params: z.strictObject({ coupon_id: uuid }),
  body: z.strictObject({ active: z.boolean() }),
  responses: { 200: coupon },
  handler: async ({ tx, tenant_id, params: { coupon_id }, body: { active }, now }) => ({
    status: 200,
    body: couponAnswer(await setCouponActive(tx, { tenant_id, now }, coupon_id, active)),
  }),
});

const redeemCouponRoute = defineRoute({
  method: 'POST',
  path: '/coupon-redemptions',
  operation_id: 'redeem_coupon',
  summary: 'Redeem a coupon of the seller for the acting tenant',
  description: 'Its terms as they are now hold from now on. A tenant redeems a coupon once.',
  tag,
  scope: 'write',
  mode: 'write',
  body: z.strictObject({ code }),
  responses: { 201: redemption },
  errors: ['coupon_not_redeemable', 'coupon_redeemed'],
  handler: async ({ tx, tenant_id, body, now, services: { newId } }) => {
    const redeemed = await redeemCoupon(tx, { tenant_id, now, newId }, body.code);
    return { status: 201, body: redemptionAnswer(redeemed, now) };
  },
});

const listRedemptionsRoute = defineRoute({
  method: 'GET',
  path: '/coupon-redemptions',
  operation_id: 'list_coupon_redemptions',
  summary: 'What coupons the acting tenant has redeemed',
  tag,
  scope: 'read',
  mode: 'read',
  query: z.strictObject(listQuery),
  responses: { 200: listOf(redemption) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after }, now }) => {
    const rows = await listRedemptions(tx, tenant_id, { after, limit: limit + 1 });
    const page = pageOf(rows, limit, (row) => ({ time: row.starts_at, id: row.coupon_redemption_id }));
    return { status: 200, body: { ...page, data: page.data.map((row) => redemptionAnswer(row, now)) } };
  },
});

const endRedemptionRoute = defineRoute({
  method: 'DELETE',
  path: '/coupon-redemptions/:coupon_redemption_id',
  operation_id: 'end_coupon_redemption',
  summary: 'Let a redeemed coupon of the acting tenant take nothing off any more',
  description: 'From now on; the coupon cannot be redeemed again.',
  tag,
  scope: 'write',
  mode: 'write',
  params: z.strictObject({ coupon_redemption_id: uuid }),
  responses: { 204: z.undefined() },
  handler: async ({ tx, tenant_id, params: { coupon_redemption_id }, now }) => {
    await endRedemption(tx, { tenant_id, now }, coupon_redemption_id);
    return { status: 204, body: undefined };
  },
});

export const couponRoutes = [
  createCouponRoute,
  listCouponsRoute,
  updateCouponRoute,
  redeemCouponRoute,
  listRedemptionsRoute,
  endRedemptionRoute,
];
