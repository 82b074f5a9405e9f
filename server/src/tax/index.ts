export { lineTaxes, REVERSE_CHARGE_NOTE, TAX_EXEMPT_NOTE, type TaxRate } from './line-taxes.ts';
export { type EuVatId, looksLikeEuVatId, readEuVatId } from './tax-id.ts';
export {
  TAX_BEHAVIORS,
  type TaxBehavior,
  type TaxedLine,
  type TaxTotal,
  taxBehaviorOf,
  taxLines,
  taxTotals,
} from './tax-lines.ts';
export type { LineTax, TaxParty, TaxProvider, TaxRequest } from './tax-provider.ts';
export {
  addTaxRate,
  listTaxRates,
  stopTaxRate,
  type TaxRateContext,
  type TaxRateFilter,
  type TaxRateRow,
  type TaxRateTerms,
  tableTaxProvider,
} from './tax-rates.ts';
