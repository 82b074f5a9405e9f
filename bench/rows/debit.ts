import type { Services } from '../../server/src/http/index.ts';

/** What a caller asks for. */
export interface DebitRequest {
  tokens_used: number;
  feature_type: string;
  request_id: string;
}

/** What it is answered, or what it was answered the first time. */
export type DebitAnswer = Awaited<ReturnType<typeof debit>>;

/** The call that the token rows measure: durable, once for each request_id. Throws a TallystickError for a refusal. */
export function debit(services: Services, tenant_id: string, request: DebitRequest) {
  return services.token_writer.write(tenant_id, { kind: 'use', use: request });
}
