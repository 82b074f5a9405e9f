import { exportRoute } from './export.ts';
import { figuresRoute } from './figures.ts';
import { metricsRoute } from './metrics.ts';
import { monthRoutes } from './months.ts';

export const revenueRoutes = [figuresRoute, ...monthRoutes, metricsRoute, exportRoute];
