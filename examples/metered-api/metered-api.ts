import { Tallystick } from '@tallystick/sdk';
import { tallystickFastify } from '@tallystick/sdk/fastify';
import fastify, { type FastifyRequest } from 'fastify';

// A product with an API: two routes and a health check, called with keys of its own. It adds one plugin, and from then
// on every call is recorded for the tenant whose key it came with. How to run it: see README.md beside this file.

const client = new Tallystick({
  base_url: process.env.TALLYSTICK_URL ?? 'http://127.0.0.1:4600',
  api_key: process.env.TALLYSTICK_KEY ?? '',
});

/** The keys of this product, `key=tenant_id` each; a real product has them in its database. */
const tenants = new Map(
  (process.env.PRODUCT_KEYS ?? '').split(',').map((pair) => pair.split('=') as [string, string]),
);

function tenantOf(request: FastifyRequest): string | undefined {
  return tenants.get(request.headers.authorization?.replace('Bearer ', '') ?? '');
}

const app = fastify();

app.register(tallystickFastify, {
  client,
  // Calls wait here while Tallystick is away, and over a restart.
  spool_folder: process.env.SPOOL_FOLDER ?? '.tallystick-spool',
  identify: (request) => {
    const tenant_id = tenantOf(request);
    return tenant_id === undefined ? undefined : { tenant_id };
  },
  // Who is not known is nobody's customer.
  skip: (request) => tenantOf(request) === undefined,
});

app.addHook('onRequest', async (request, reply) => {
  const isPublic = request.routeOptions.url === '/healthz';
  if (!isPublic && tenantOf(request) === undefined) return reply.code(401).send({ error: 'no such key' });
  return undefined;
});

const shows = new Map([['12', { show_id: '12', title: 'Fog signals', downloads: 48_130 }]]);

app.get('/healthz', () => ({ ok: true }));

app.get('/shows/:show_id', (request, reply) => {
  const { show_id } = request.params as { show_id: string };
  return shows.get(show_id) ?? reply.code(404).send({ error: 'no such show' });
});

app.get('/shows/:show_id/downloads', (request, reply) => {
  const { show_id } = request.params as { show_id: string };
  const show = shows.get(show_id);
  return show === undefined ? reply.code(404).send({ error: 'no such show' }) : { downloads: show.downloads };
});

// Closing waits for the calls under way, and delivers what was recorded.
process.once('SIGTERM', () => void app.close());

const address = await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 3000) });
console.log(`listening on ${address}`);
