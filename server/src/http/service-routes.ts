import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { type ErrorCode, errorRegistry, fail } from '../errors/index.ts';
import { errorIndexPage, errorPage, errorPagePolicy } from './error-pages.ts';
import type { HttpMetrics } from './metrics.ts';
import type { KernelServices } from './services.ts';

/** Swagger UI needs its own scripts and styles, its icons as data: URLs, and to fetch the document. */
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const html = 'text/html; charset=utf-8';

/** Probes come every few seconds: a line each would bury the rest of the log. */
const quiet = { logLevel: 'warn' } as const;

/** Registers /healthz, /readyz and /metrics: they stay up with the feature flag off and ask for no key. */
export function registerHealthRoutes(
  scope: FastifyInstance,
  services: KernelServices,
  metrics: HttpMetrics,
): void {
  scope.get('/healthz', quiet, () => ({ status: 'ok' }));
  scope.get('/readyz', quiet, async (_request, reply) => {
    const readiness = await services.readiness();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  scope.get('/metrics', quiet, async (_request, reply) =>
    reply.header('content-type', metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}

/** Registers /openapi.json, /docs (Swagger UI from this host alone) and the page of every error code. */
export async function registerDocsRoutes(
  scope: FastifyInstance,
  document: Record<string, unknown>,
  base: string,
): Promise<void> {
  const text = JSON.stringify(document);
  scope.get('/openapi.json', (_request, reply) =>
    reply.header('content-type', 'application/json; charset=utf-8').send(text),
  );
  scope.get('/docs/errors', (_request, reply) =>
    reply
      .header('content-type', html)
      .header('content-security-policy', errorPagePolicy)
      .send(errorIndexPage(base)),
  );
  scope.get('/docs/errors/:code', (request, reply) => {
    const { code } = request.params as { code: string };
    if (!Object.hasOwn(errorRegistry, code)) fail('not_found', 'No such error code.');
    return reply
      .header('content-type', html)
      .header('content-security-policy', errorPagePolicy)
      .send(errorPage(code as ErrorCode, base));
  });
  // The plugin's own type knows OpenAPI 3.0 only; the document is 3.1.
  await scope.register(swagger, { mode: 'static', specification: { document: document as never } });
  await scope.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: docsPolicy,
    // Without the bar that would load documents from elsewhere.
    uiConfig: { validatorUrl: null, deepLinking: true, layout: 'BaseLayout' },
    theme: { title: 'Tallystick API' },
  });
}
