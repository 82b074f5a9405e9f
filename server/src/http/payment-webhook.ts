import type { FastifyPluginAsync } from 'fastify';
import { bodyLimit } from './json-body.ts';
import { apiPrefix } from './openapi.ts';
import type { Services } from './services.ts';

/**
 * The webhook of the payment provider: no key, because its signature is one, and no feature flag, because a provider
 * that is refused gives up telling. It takes the body as it came, since that is what was signed.
 */
export function paymentWebhook({ payment_webhook }: Services): FastifyPluginAsync {
  return async (scope) => {
    if (payment_webhook === null) return;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) =>
      done(null, body),
    );
    scope.post(`${apiPrefix}/payments/stripe/webhook`, { bodyLimit }, async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const signature = request.headers['stripe-signature'];
      await payment_webhook(body, Array.isArray(signature) ? signature[0] : signature);
      return reply.send({ received: true });
    });
  };
}
