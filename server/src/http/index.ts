export { type DashboardFiles, readDashboard } from './dashboard-routes.ts';
export {
  type Answer,
  defineRoute,
  fileAnswer,
  type IdempotencyClaim,
  type Mode,
  type Route,
  type RouteContext,
} from './define-route.ts';
export { type LaneMetrics, laneMetrics } from './lane-metrics.ts';
export { apiPrefix, codesOf, jsonSchemaOf, openApiDocument, takesBody } from './openapi.ts';
export { afterCursor, type Cursor, pageOf } from './pagination.ts';
export { type TallystickPluginOptions, tallystickPlugin } from './plugin.ts';
export { priceModel } from './price-model-schema.ts';
export { BadRow, fieldErrors } from './read-input.ts';
export * from './schemas.ts';
export { closeServer, createServer, type ServerOptions } from './server.ts';
export type { Caller, KernelServices, Readiness, Scope, Services } from './services.ts';
