import Fastify from 'fastify';

// The other side of the routes: a bare Fastify that validates the body of a token debit and does nothing with it.

const server = Fastify();
const body = {
  type: 'object',
  properties: {
    tokens_used: { type: 'integer', minimum: 1 },
    feature_type: { type: 'string', minLength: 1, maxLength: 63 },
    request_id: { type: 'string', minLength: 1, maxLength: 255 },
  },
  required: ['tokens_used', 'feature_type'],
  additionalProperties: false,
};
const answer = { type: 'object', properties: { ok: { type: 'boolean' } } };
server.post('/empty', { schema: { body, response: { 201: answer } } }, async (_request, reply) => {
  reply.code(201);
  return { ok: true };
});
const address = await server.listen({ host: '127.0.0.1', port: 0 });
process.send?.(address);
process.on('disconnect', () => process.exit(0));
