export type { BillingDetails, DetailsTerms } from './billing-details.ts';
export { countryName, isCountry } from './country.ts';
export { type DetailsContext, type DetailsRequest, putBillingDetails } from './put-billing-details.ts';
export { readBillingDetails, readBothDetails } from './read-billing-details.ts';
