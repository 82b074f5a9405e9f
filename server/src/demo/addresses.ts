import type { DetailsRequest } from '../billing-details/index.ts';
import type { SeededNumbers } from './seeded-numbers.ts';
import { EXAMPLE_SLUG, type Studio } from './studios.ts';

type Place = Pick<DetailsRequest, 'city' | 'postal_code' | 'region' | 'country' | 'time_zone'>;

const PLACES: Record<Studio['currency'], readonly [Place, ...Place[]]> = {
  USD: [
    place('Portland', '04101', 'ME', 'US', 'America/New_York'),
    place('Providence', '02903', 'RI', 'US', 'America/New_York'),
    place('Baltimore', '21202', 'MD', 'US', 'America/New_York'),
    place('Minneapolis', '55401', 'MN', 'US', 'America/Chicago'),
    place('Oakland', '94607', 'CA', 'US', 'America/Los_Angeles'),
  ],
  EUR: [
    place('Hamburg', '20457', null, 'DE', 'Europe/Berlin'),
    place('Leipzig', '04109', null, 'DE', 'Europe/Berlin'),
  ],
  JPY: [
    place('Tokyo', '150-0001', null, 'JP', 'Asia/Tokyo'),
    place('Kyoto', '604-8005', null, 'JP', 'Asia/Tokyo'),
  ],
};

/** Who is somewhere else, or says more of itself. */
const KNOWN: Record<string, Partial<DetailsRequest>> = {
  [EXAMPLE_SLUG]: {
    legal_name: 'Larkspur Audio LLC',
    address_line1: '48 Exchange Street',
    address_line2: 'Floor 3',
    ...PLACES.USD[0],
  },
  // A business of another member state: its tax is reverse charged.
  'atelier-sonore': {
    legal_name: 'Atelier Sonore SARL',
    address_line1: '12 rue de la Charité',
    tax_id: 'FR44732829320',
    ...place('Lyon', '69002', null, 'FR', 'Europe/Paris'),
  },
  'onda-corta': {
    address_line1: 'Calle del Pez 21',
    ...place('Madrid', '28004', null, 'ES', 'Europe/Madrid'),
  },
};

/** Who sells to the studios: the platform itself. */
export const OPERATOR_DETAILS: DetailsRequest = {
  legal_name: 'Podium Platform GmbH',
  email: 'billing@podium.example',
  address_line1: 'Torstraße 140',
  address_line2: null,
  tax_id: 'DE136695976',
  sales_tax_behavior: null,
  ...place('Berlin', '10119', null, 'DE', 'Europe/Berlin'),
};

/** What taxes the operator takes, by country and in percent. */
export const OPERATOR_TAX_RATES = [
  { country: 'DE', rate_percent: 19, name: 'VAT' },
  { country: 'ES', rate_percent: 21, name: 'IVA' },
] as const;

/** What a studio's invoices say of it. */
export function detailsOf({ name, slug, currency, turn }: Studio, numbers: SeededNumbers): DetailsRequest {
  return {
    legal_name: name,
    // Whose subscription has something to tell; e-mails to all of them would take as long as the rest of the load.
    email: turn === undefined ? null : `billing@${slug}.example`,
    address_line1: `${numbers.between(2, 190)} Main Street`,
    address_line2: null,
    tax_id: null,
    sales_tax_behavior: null,
    ...numbers.pick(PLACES[currency]),
    ...KNOWN[slug],
  };
}

function place(
  city: string,
  postal_code: string,
  region: string | null,
  country: string,
  time_zone: string,
): Place {
  return { city, postal_code, region, country, time_zone };
}
