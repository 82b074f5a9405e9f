import { afterAll, beforeAll, beforeEach } from 'vitest';
import { routes } from '../../src/http/routes/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeKey, makeTenant } from '../tenants/tenant-fixtures.ts';
import { describeBoundCases, describeRouteCases } from './route-cases.ts';

describeOnEachDatabase('the generic cases on every route', (getDb) => {
  let app: TestApp;
  let keys: Record<'read' | 'write' | 'admin', string>;
  let tenant_id: string;
  let foreign_tenant_id: string;
  beforeAll(async () => {
    app = await testApp(getDb());
    tenant_id = await makeTenant(app, { tier_name: 'agency' });
    foreign_tenant_id = await makeTenant(app);
    const keyOf = async (scope: string) => (await makeKey(app, tenant_id, { scopes: [scope] })).api_key;
    // The first call of a tenant makes its billing period.
    for (const key of [app.operator_key, await keyOf('read')])
      await app.call('GET /subscription-tiers', { key });
    await app.composition.services.calls.flush();
    keys = { read: await keyOf('read'), write: await keyOf('write'), admin: await keyOf('admin') };
  });
  // Each case begins with full limits: they send more bad keys and bad requests than a minute takes.
  beforeEach(() => app.clock.advance(60_000));
  afterAll(() => app.server.close());

  const getTarget = () => ({
    server: app.server,
    db: app.db,
    tenant_id,
    foreign_tenant_id,
    keys: { operator: app.operator_key, ...keys },
  });
  describeRouteCases(routes, getTarget);
  describeBoundCases(routes, getTarget);
});
