export { allocateByLargestRemainder } from './allocate.ts';
export { currencyDigits } from './currency-digits.ts';
export { formatDecimal, parseDecimal, type Rational } from './decimal.ts';
export { priceOf, type TokenPrice } from './price.ts';
export { ceilDiv, halfEven } from './round.ts';
