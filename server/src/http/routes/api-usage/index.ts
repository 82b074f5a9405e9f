import { postEventsRoute } from './events.ts';
import { summaryRoute } from './summary.ts';
import { tenantsRoute } from './tenants.ts';

export const apiUsageRoutes = [postEventsRoute, summaryRoute, tenantsRoute];
