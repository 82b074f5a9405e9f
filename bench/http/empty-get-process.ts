import Fastify from 'fastify';

// The other side of the route of entitlements: a bare Fastify that validates the same path and query and does nothing.

const server = Fastify();
const params = {
  type: 'object',
  properties: { feature: { type: 'string', maxLength: 63, pattern: '^[a-z][a-z0-9_]*$' } },
  required: ['feature'],
};
const querystring = {
  type: 'object',
  properties: { quantity: { type: 'integer', minimum: 1 }, used: { type: 'integer', minimum: 0 } },
  additionalProperties: false,
};
const answer = { type: 'object', properties: { ok: { type: 'boolean' } } };
server.get('/empty/:feature', { schema: { params, querystring, response: { 200: answer } } }, async () => ({
  ok: true,
}));
const address = await server.listen({ host: '127.0.0.1', port: 0 });
process.send?.(address);
process.on('disconnect', () => process.exit(0));
