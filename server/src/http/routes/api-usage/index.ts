import { correctRoute, listCorrectionsRoute } from './corrections.ts';
import { postEventsRoute } from './events.ts';
import { summaryRoute } from './summary.ts';
import { tenantsRoute } from './tenants.ts';

export const apiUsageRoutes = [
  postEventsRoute,
  correctRoute,
  listCorrectionsRoute,
  summaryRoute,
  tenantsRoute,
];
