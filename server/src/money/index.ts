export { allocateByLargestRemainder } from './allocate.ts';
export { currencyDigits } from './currency-digits.ts';
export { formatDecimal, parseDecimal, type Rational } from './decimal.ts';
export { priceOf, type TokenPrice } from './price.ts';
export {
  PRICE_TIERS_MAX,
  type PriceModel,
  type PriceStep,
  type PriceTier,
  priceModelProblem,
  type RatedQuantity,
  rate,
} from './price-models.ts';
export { ceilDiv, floorDiv, halfEven } from './round.ts';
