import { bookContext, useTokens } from '../../server/src/ai-tokens/index.ts';
import type { Services } from '../../server/src/http/index.ts';

/** What a caller asks for. */
export interface DebitRequest {
  tokens_used: number;
  feature_type: string;
  request_id: string;
}

/** What it is answered, or what it was answered the first time. */
export type DebitAnswer = Pick<Awaited<ReturnType<typeof useTokens>>, 'replayed' | 'body'>;

/** The call that the token rows measure: durable, once for each request_id. Throws a TallystickError for a refusal. */
export async function debit(
  services: Services,
  tenant_id: string,
  request: DebitRequest,
): Promise<DebitAnswer> {
  return await services.db.inTenant(tenant_id, (tx) =>
    useTokens(tx, bookContext(services, tenant_id), request),
  );
}
