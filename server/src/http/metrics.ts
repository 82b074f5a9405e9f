import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter, collectDefaultMetrics, Histogram, type Metric, Registry } from 'prom-client';

/** Upper bounds in seconds: from a cached refusal to a request that waited for a lock. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The figures of one server. */
export interface HttpMetrics {
  registry: Registry;
  /** Counts a finished request. `route` is a pattern, never a path: paths would be endless series. */
  observe(request: FastifyRequest, reply: FastifyReply, route: string): void;
}

/**
 * Makes the metrics of a server in a registry of its own (or the host's, to be scraped with it): the
 * process's own figures, the `further` ones of the domains, requests by method, route pattern and status, and how long they took.
 */
export function httpMetrics(shared: Registry | undefined, further: readonly Metric[]): HttpMetrics {
  const registry = shared ?? new Registry();
  for (const metric of further) registry.registerMetric(metric);
  if (shared === undefined) collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'tallystick_http_requests_total',
    help: 'Finished requests.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'tallystick_http_request_duration_seconds',
    help: 'How long requests took, from the head to the last byte of the answer.',
    labelNames: ['method', 'route'],
    buckets: durationBuckets,
    registers: [registry],
  });
  return {
    registry,
    observe(request, reply, route) {
      requests.inc({ method: request.method, route, status: reply.statusCode });
      durations.observe({ method: request.method, route }, reply.elapsedTime / 1000);
    },
  };
}
