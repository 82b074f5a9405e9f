export type { TallystickRouteConfig } from './metered-route.ts';
export type {
  Caller,
  DecideOptions,
  DeliveringOptions,
  TallystickFastifyOptions,
} from './plugin-options.ts';
export { tallystickFastify } from './tallystick-fastify.ts';
