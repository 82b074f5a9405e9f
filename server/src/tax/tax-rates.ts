import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { lockTenant } from '../tenants/index.ts';
import type { TaxRate } from './line-taxes.ts';
import { lineTaxes } from './line-taxes.ts';
import type { TaxProvider, TaxRequest } from './tax-provider.ts';

/** A row of `tax_rates` as its seller sees it. */
export interface TaxRateRow extends TaxRate {
  created_at: Date;
}

const rateColumns = sql`tax_rate_id, country, region, trim_scale(rate_percent) as rate_percent, name, valid_from,
  valid_to, created_at`;

/** A rate to take. */
export interface TaxRateTerms {
  country: string;
  region: string | null;
  /** 0 to 100, at most 4 digits after the point. */
  rate_percent: number;
  name: string;
  valid_from: Date;
}

/** Whose rates they are, and when it is. */
export interface TaxRateContext {
  tenant_id: string;
  now: Date;
  newId(at: Date): string;
}

/**
 * Lets a rate of the transaction's tenant, the seller, begin. It holds until the next one of its country and region that
 * is known, and ends the one before it; but one that began before now keeps what it was for until now, so where that
 * would be cut short this fails with `tax_rate_overlaps`.
 */
export async function addTaxRate(
  tx: Tx,
  { tenant_id, now, newId }: TaxRateContext,
  terms: TaxRateTerms,
): Promise<TaxRateRow> {
  const { country, region, rate_percent, name, valid_from } = terms;
  await lockTenant(tx, tenant_id);
  const others = await sql<TaxRateRow>`
    select ${rateColumns} from tax_rates
    where tenant_id = ${tenant_id} and country = ${country} and region is not distinct from ${region}::text
    order by tax_rates.valid_from`.execute(tx);
  const before = others.rows.findLast((rate) => rate.valid_from <= valid_from);
  const after = others.rows.find((rate) => rate.valid_from > valid_from);
  const goes_on = before !== undefined && (before.valid_to === null || before.valid_to > valid_from);
  if (before?.valid_from.getTime() === valid_from.getTime() || (goes_on && valid_from < now))
    fail(
      'tax_rate_overlaps',
      `The rate ${before?.tax_rate_id} began at ${before?.valid_from.toISOString()}.`,
    );
  if (goes_on) await endTaxRate(tx, tenant_id, before.tax_rate_id, valid_from);
  const added = await sql<TaxRateRow>`
    insert into tax_rates (tenant_id, tax_rate_id, country, region, rate_percent, name, valid_from, valid_to, created_at)
    values (${tenant_id}, ${newId(now)}, ${country}, ${region}, ${String(rate_percent)}::numeric, ${name},
      ${valid_from}, ${after?.valid_from ?? null}, ${now})
    returning ${rateColumns}`.execute(tx);
  const rate = added.rows[0];
  if (rate === undefined) throw new Error('the tax rate was not written');
  return rate;
}

async function endTaxRate(tx: Tx, tenant_id: string, tax_rate_id: string, valid_to: Date): Promise<void> {
  await sql`
    update tax_rates set valid_to = ${valid_to}
    where tenant_id = ${tenant_id} and tax_rate_id = ${tax_rate_id}`.execute(tx);
}

/**
 * Ends a rate of the transaction's tenant now. One that has not begun is as if it had never been said, and the one that
 * it would have ended goes on; one that is over stays as it is. Fails with `not_found`.
 */
export async function stopTaxRate(
  tx: Tx,
  { tenant_id, now }: Omit<TaxRateContext, 'newId'>,
  tax_rate_id: string,
): Promise<void> {
  await lockTenant(tx, tenant_id);
  const found = await sql<TaxRateRow>`
    select ${rateColumns} from tax_rates
    where tenant_id = ${tenant_id} and tax_rate_id = ${tax_rate_id}`.execute(tx);
  const rate = found.rows[0] ?? fail('not_found', 'No such tax rate.');
  if (rate.valid_to !== null && rate.valid_to <= now) return;
  if (rate.valid_from < now) return endTaxRate(tx, tenant_id, tax_rate_id, now);
  await sql`
    delete from tax_rates where tenant_id = ${tenant_id} and tax_rate_id = ${tax_rate_id}`.execute(tx);
  if (rate.valid_from > now)
    await sql`
      update tax_rates set valid_to = ${rate.valid_to}
      where tenant_id = ${tenant_id} and country = ${rate.country}
        and region is not distinct from ${rate.region}::text and valid_to = ${rate.valid_from}`.execute(tx);
}

/** Which rates to list, newest first: after a position, at most `limit`. */
export interface TaxRateFilter {
  country?: string | undefined;
  after?: { time: Date; id: string } | undefined;
  limit: number;
}

/** The rates of the transaction's tenant as a seller, those that are over included. */
export async function listTaxRates(tx: Tx, tenant_id: string, filter: TaxRateFilter): Promise<TaxRateRow[]> {
  const { country = null, after } = filter;
  const found = await sql<TaxRateRow>`
    select ${rateColumns} from tax_rates
    where tenant_id = ${tenant_id} and (${country}::text is null or country = ${country})
      and (${after?.id ?? null}::uuid is null
        or (created_at, tax_rate_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, tax_rate_id desc limit ${filter.limit}`.execute(tx);
  return found.rows;
}

/**
 * Answers from the seller's table, by lineTaxes(). The transaction's tenant is the seller or the buyer: both may read
 * its rates.
 */
export const tableTaxProvider: TaxProvider = {
  async ratesFor(tx: Tx, request: TaxRequest) {
    const { seller, buyer } = request;
    const country = buyer.country ?? seller.country;
    // Nobody has said where they are, and a rate is of a country.
    if (country === null) return lineTaxes([], request);
    const found = await sql<TaxRateRow>`
      select ${rateColumns} from tax_rates
      where tenant_id = ${seller.tenant_id} and country = ${country}`.execute(tx);
    return lineTaxes(found.rows, request);
  },
};
