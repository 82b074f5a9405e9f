import { expect } from 'vitest';
import type { TestApp, TestRequest } from '../harness/test-app.ts';
import { makeKey, makeTenant } from '../tenants/tenant-fixtures.ts';

type Answer = Awaited<ReturnType<TestApp['call']>>;
type RequestLine = Parameters<TestApp['call']>[0];

/** A tenant with a key of its own, as the tests of tokens use one. */
export interface Studio {
  tenant_id: string;
  key: string;
  /** A request with the studio's key. */
  call(request: RequestLine, body?: object, headers?: TestRequest['headers']): Promise<Answer>;
  /** A request of the operator for the studio. */
  operate(request: RequestLine, body?: object, headers?: TestRequest['headers']): Promise<Answer>;
  /** Buys tokens and answers the purchase. */
  buy(tokens: number): Promise<{ transaction_id: string; amount_cents: number; balance: number }>;
  /** Uses tokens and answers the use. */
  use(tokens_used: number, more?: object): Promise<{ usage_id: string; balance_after: number }>;
  /** Holds tokens and answers the hold's id. */
  hold(tokens: number, more?: object): Promise<string>;
  balance(): Promise<Record<string, number> & { grants: Record<string, unknown>[] }>;
}

let made = 0;

/** A name that no request had before. */
export function freshId(noun: string): string {
  made += 1;
  return `${noun}-${made}`;
}

/** Makes a studio; `terms` are those of POST /tenants. */
export async function makeStudio(app: TestApp, terms: object = {}): Promise<Studio> {
  const tenant_id = await makeTenant(app, terms);
  const { api_key: key } = await makeKey(app, tenant_id);
  return studioOf(app, tenant_id, key);
}

/** The studio as another server over the same database sees it. */
export function studioOf(app: TestApp, tenant_id: string, key: string): Studio {
  const call: Studio['call'] = (request, body, headers = {}) =>
    app.call(request, { key, headers, ...(body && { body }) });
  const operate: Studio['operate'] = (request, body, headers = {}) =>
    app.call(request, { headers: { 'tallystick-tenant': tenant_id, ...headers }, ...(body && { body }) });
  const made_by = async (request: RequestLine, body: object) => {
    const answer = await call(request, body);
    expect(answer.statusCode, answer.body).toBe(201);
    return answer.json();
  };
  const feature_type = 'content_generation';
  return {
    tenant_id,
    key,
    call,
    operate,
    buy: (tokens_to_purchase) => made_by('POST /ai-tokens/purchase', { tokens_to_purchase }),
    use: (tokens_used, more = {}) => made_by('POST /ai-tokens/usage', { tokens_used, feature_type, ...more }),
    hold: async (tokens, more = {}) => {
      const body = { tokens, feature_type, request_id: freshId('hold'), ...more };
      return (await made_by('POST /ai-tokens/holds', body)).hold_id;
    },
    balance: async () => (await call('GET /ai-tokens/balance')).json(),
  };
}

/** tokens_remaining as the contract defines it from the other fields. */
export function remainingOf(balance: Record<string, unknown>): number {
  const of = (field: string) => Number(balance[field]);
  return (
    of('tokens_purchased') +
    of('tokens_granted') -
    of('tokens_refunded') -
    of('tokens_used') -
    of('tokens_held') -
    of('tokens_expired')
  );
}
