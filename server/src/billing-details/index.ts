export type { BillingDetails, DetailsTerms } from './billing-details.ts';
export { isCountry } from './country.ts';
export { type DetailsContext, putBillingDetails } from './put-billing-details.ts';
export { readBillingDetails } from './read-billing-details.ts';
