import { expect, test } from 'vitest';
import type { BillingDetails } from '../billing-details/index.ts';
import { partyOf } from './index.ts';

const details = (given: Partial<BillingDetails>): BillingDetails => ({
  ...{
    tenant_id: '01900000-0000-7000-8000-000000000001',
    legal_name: null,
    email: null,
    address_line1: null,
  },
  ...{ address_line2: null, city: null, postal_code: null, region: null, country: null, tax_id: null },
  ...{ tax_exempt: false, tax_behavior: null, sales_tax_behavior: null, time_zone: 'UTC', updated_at: null },
  ...given,
});

test.each<[string, Partial<BillingDetails>, string[]]>([
  ['nothing said', {}, []],
  [
    'code before town, region below',
    { address_line1: 'Speicherstraße 4', city: 'Hamburg', postal_code: '20457', region: 'HH', country: 'DE' },
    ['Speicherstraße 4', '20457 Hamburg', 'HH'],
  ],
  [
    'town, state and code in one line',
    { address_line2: 'Floor 3', city: 'Austin', postal_code: '78701', region: 'TX', country: 'US' },
    ['Floor 3', 'Austin, TX 78701'],
  ],
  ['a town alone', { city: 'Toronto', country: 'CA' }, ['Toronto']],
  ['a state alone', { region: 'NSW', country: 'AU' }, ['NSW']],
])('an address: %s', (_name, given, address) => {
  expect(partyOf(details(given), 'Studio').address).toEqual(address);
});

test('a tenant without a legal name is called what it is called', () => {
  expect(partyOf(details({}), 'Studio').name).toBe('Studio');
  expect(
    partyOf(details({ legal_name: 'Studio GmbH', tax_id: '12', email: 'a@b.example' }), 'Studio'),
  ).toMatchObject({
    ...{ name: 'Studio GmbH', tax_id: '12', email: 'a@b.example', country: null },
  });
});
