import { afterAll, beforeAll } from 'vitest';
import { describeBoundCases, describeRouteCases } from '../generic/route-cases.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type DemoApp, demoApp } from './demo-app.ts';
import { demoRoutes } from './demo-routes.ts';

describeOnEachDatabase('the generic cases on the demo routes', (getDb) => {
  let app: DemoApp;
  beforeAll(async () => {
    app = await demoApp(getDb(), { logLevel: 'silent' });
  });
  afterAll(() => app.server.close());

  const getTarget = () => ({
    server: app.server,
    db: app.db,
    tenant_id: app.tenants.seller,
    foreign_tenant_id: app.tenants.stranger,
    keys: app.keys,
  });
  describeRouteCases(demoRoutes, getTarget);
  describeBoundCases(demoRoutes, getTarget);
});
