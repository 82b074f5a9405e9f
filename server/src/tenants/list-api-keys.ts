import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { type ApiKey, apiKeyColumns } from './api-key.ts';

/** A page of the keys of the transaction's tenant, newest first, revoked ones too. */
export async function listApiKeys(
  tx: Tx,
  tenant_id: string,
  page: { after?: { time: Date; id: string } | undefined; limit: number },
): Promise<ApiKey[]> {
  const after = page.after;
  const found = await sql<ApiKey>`
    select ${apiKeyColumns} from api_keys
    where tenant_id = ${tenant_id}
      and (${after?.id ?? null}::uuid is null
        or (created_at, api_key_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, api_key_id desc limit ${page.limit}`.execute(tx);
  return found.rows;
}
