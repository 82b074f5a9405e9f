import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { chooseOnSandboxPage, readSandboxPage, type SandboxPage } from '../checkout/index.ts';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { currencyDigits, formatDecimal } from '../money/index.ts';
import { escaped, plainPage, plainPagePolicy } from './plain-page.ts';
import type { Services } from './services.ts';

const path = '/payments/sandbox/:tenant_id/:id';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Pages for people who pay, no part of the API: where a provider sends them back to, and those of the sandbox, on which
 * somebody plays the owner of a card. Whoever has the address may choose there, as on a provider's own page.
 */
export function paymentPages(services: Services): FastifyPluginAsync {
  return async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 1000 },
      (_request, text, done) => done(null, new URLSearchParams(String(text))),
    );
    scope.get('/payments/done', (_request, reply) =>
      reply
        .header('content-type', 'text/html; charset=utf-8')
        .header('content-security-policy', plainPagePolicy("'none'"))
        .send(plainPage('Thank you', '<h1>Thank you</h1>\n<p>You can close this page.</p>')),
    );
    scope.get(path, async (request, reply) => {
      const page = await onPage(services, request, (tx, { tenant_id, id }) =>
        readSandboxPage(tx, tenant_id, id),
      );
      return send(reply, page);
    });
    scope.post(path, async (request, reply) => {
      const choice = request.body instanceof URLSearchParams ? request.body.get('choice') : null;
      if (choice !== 'pay' && choice !== 'decline') fail('body_malformed', 'choice is pay or decline');
      const page = await onPage(services, request, (tx, name) =>
        chooseOnSandboxPage(tx, services, services.intents, { ...name, choice }),
      );
      const next = choice === 'pay' ? page.success_url : page.cancel_url;
      return next === null ? send(reply, page) : reply.redirect(next, 303);
    });
  };
}

async function onPage(
  services: Services,
  request: FastifyRequest,
  work: (tx: Tx, name: { tenant_id: string; id: string }) => Promise<SandboxPage>,
): Promise<SandboxPage> {
  if (services.payments?.name !== 'sandbox') fail('sandbox_disabled', 'this server takes no play money');
  const { tenant_id = '', id = '' } = request.params as { tenant_id?: string; id?: string };
  if (!uuid.test(tenant_id) || !uuid.test(id)) fail('not_found', 'nothing waits here');
  return services.db.inTenant(tenant_id, (tx) => work(tx, { tenant_id, id }));
}

async function send(reply: FastifyReply, page: SandboxPage): Promise<FastifyReply> {
  // A browser follows a form's redirect only to where the policy lets forms go.
  const targets = [page.success_url, page.cancel_url].flatMap((url) =>
    url === null ? [] : new URL(url).origin,
  );
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', plainPagePolicy(["'self'", ...new Set(targets)].join(' ')))
    .send(htmlOf(page));
}

function htmlOf(page: SandboxPage): string {
  const what =
    page.amount_cents === null
      ? 'Save a card of the sandbox'
      : `Pay ${page.currency} ${majorUnits(page.amount_cents, page.currency)}`;
  const ends = {
    open: `<form method="post">
<button name="choice" value="pay">${page.purpose === 'setup' ? 'Save' : 'Pay'}</button>
<button name="choice" value="decline">${page.purpose === 'setup' ? 'Leave' : 'Decline'}</button>
</form>`,
    done: '<p>Done. You can close this page.</p>',
    declined: '<p>Nothing was paid or saved. You can close this page.</p>',
  };
  return plainPage(
    what,
    `<p class="status">Sandbox: no real money moves</p>
<h1>${escaped(what)}</h1>
${ends[page.status]}`,
  );
}

function majorUnits(cents: bigint, currency: string): string {
  const digits = currencyDigits(currency);
  return formatDecimal({ numerator: cents, denominator: 10n ** BigInt(digits) }, digits);
}
