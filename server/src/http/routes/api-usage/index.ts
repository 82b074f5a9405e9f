import { postEventsRoute } from './events.ts';
import { summaryRoute } from './summary.ts';

export const apiUsageRoutes = [postEventsRoute, summaryRoute];
