import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBillingDetails } from '../../src/billing-details/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeKey, makeTenant, refusal } from '../tenants/tenant-fixtures.ts';
import { makeStudio } from './token-fixtures.ts';

const said = {
  legal_name: 'Nordlicht Audio GmbH',
  email: 'billing@nordlicht.example',
  address_line1: 'Speicherstraße 4',
  address_line2: 'Hinterhaus',
  city: 'Hamburg',
  postal_code: '20457',
  region: 'HH',
  country: 'DE',
  tax_id: 'DE 136 695 976',
  tax_exempt: false,
  tax_behavior: null,
  sales_tax_behavior: 'inclusive',
  time_zone: 'Europe/Berlin',
};
const nothing = {
  ...Object.fromEntries(Object.keys(said).map((field) => [field, null])),
  eu_vat_id: null,
  tax_exempt: false,
  time_zone: 'UTC',
};

describeOnEachDatabase('billing details', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());

  test('200: nothing is said at first, then all of it, and what is left out is erased', async () => {
    const { tenant_id, call } = await makeStudio(app);
    const first = await call('GET /billing-details');
    expect([first.statusCode, first.json()]).toEqual([200, { tenant_id, ...nothing, updated_at: null }]);
    const put = await call('PUT /billing-details', said);
    const updated_at = app.clock.now().toISOString();
    expect([put.statusCode, put.json()]).toEqual([
      200,
      { tenant_id, ...said, eu_vat_id: 'DE136695976', updated_at },
    ]);
    expect((await call('GET /billing-details')).json()).toEqual(put.json());
    const erased = await call('PUT /billing-details', {});
    expect(erased.json()).toEqual({ tenant_id, ...nothing, updated_at });
  });

  test('403 operator_only: a tenant neither exempts itself nor takes the tax into its prices', async () => {
    const { call, operate } = await makeStudio(app);
    for (const change of [{ tax_exempt: true }, { tax_behavior: 'inclusive' }]) {
      expect(refusal(await call('PUT /billing-details', change))).toEqual([403, 'operator_only']);
      expect((await operate('PUT /billing-details', change)).json()).toMatchObject(change);
      // What it was given stays where it is left out, and may be repeated, but not taken back.
      expect((await call('PUT /billing-details', {})).json()).toMatchObject(change);
      expect((await call('PUT /billing-details', { ...change, city: 'Bremen' })).statusCode).toBe(200);
      const back = { tax_exempt: false, tax_behavior: null };
      expect(refusal(await call('PUT /billing-details', back))).toEqual([403, 'operator_only']);
      expect((await operate('PUT /billing-details', back)).json()).toMatchObject({ ...back, city: null });
    }
  });

  test.each([
    [{ tax_id: 'DE136695977' }, '/tax_id'],
    [{ tax_id: 'ATU1' }, '/tax_id'],
    [{ country: 'EU' }, '/country'],
    [{ country: 'de' }, '/country'],
    [{ country: 'QQ' }, '/country'],
    [{ time_zone: 'Berlin' }, '/time_zone'],
    [{ time_zone: '+01:00' }, '/time_zone'],
    [{ email: 'nobody' }, '/email'],
  ])('422: %j', async (body, pointer) => {
    const { call } = await makeStudio(app);
    const answer = await call('PUT /billing-details', body);
    expect([answer.statusCode, answer.json().errors?.[0]?.pointer]).toEqual([422, pointer]);
    expect((await call('GET /billing-details')).json().updated_at).toBeNull();
  });

  test.each([
    ['12-3456789', null],
    ['DELRSS80A01H501Z', null],
    ['CHE-123.456.788 MWST', null],
    ['el 094259216', 'EL094259216'],
  ])('a tax id %j is taken, and is the VAT id %j', async (tax_id, eu_vat_id) => {
    const { call } = await makeStudio(app);
    expect((await call('PUT /billing-details', { tax_id })).json()).toMatchObject({ tax_id, eu_vat_id });
  });

  test('a tenant reads its own and those of its seller, and nobody else’s', async () => {
    const agency_id = await makeTenant(app, { tier_name: 'agency' });
    const { api_key } = await makeKey(app, agency_id);
    const client_id = await makeTenant(app, {}, { key: api_key });
    const client = await makeKey(app, client_id);
    await app.call('PUT /billing-details', { key: api_key, body: { legal_name: 'Agency' } });
    await app.call('PUT /billing-details', { key: client.api_key, body: { legal_name: 'Client' } });
    const nameAsSeenBy = (viewer: string, tenant_id: string) =>
      getDb().inTenant(viewer, async (tx) => (await readBillingDetails(tx, tenant_id)).legal_name);
    expect(await nameAsSeenBy(client_id, agency_id)).toBe('Agency');
    expect(await nameAsSeenBy(client_id, client_id)).toBe('Client');
    expect(await nameAsSeenBy(agency_id, client_id)).toBeNull();
    expect(await nameAsSeenBy((await makeStudio(app)).tenant_id, client_id)).toBeNull();
  });
});
