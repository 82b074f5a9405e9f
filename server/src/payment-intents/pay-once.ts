import type { Tx } from '../db/index.ts';
import { type AsJson, toJson } from '../json/index.ts';
import {
  claimKey,
  completeKey,
  httpKeyLifetimeMs,
  type OnceOnlyResult,
  releaseKey,
} from '../request-keys/index.ts';
import type { HeaderKey } from './claim-intent.ts';
import type { IntentKind, IntentServices } from './kind.ts';
import { failUnsettled, pursueIntent } from './run-intent.ts';

/** Something that may have to be paid before it is done. */
export interface PaidWork<Answer> {
  /**
   * Does it, or what can be done before the payment, and answers the transaction to pursue. `joined` says that somebody
   * began it under this key: then what is done already is no mistake.
   */
  begin(tx: Tx, joined: boolean): Promise<{ payment: string | undefined }>;
  /** What to answer once it is done. */
  view(tx: Tx): Promise<Answer>;
  /** Of a first answer. */
  status: number;
}

/**
 * Work with a payment in its middle, under an Idempotency-Key: a repeat joins what is under way, whatever cut it off, and
 * after it is done gives its answer. A declined payment leaves no trace of the key. Fails with what `begin` fails
 * with, and as runIntent() does.
 */
export async function payOnce<Answer>(
  services: IntentServices,
  kind: IntentKind,
  tenant_id: string,
  header: HeaderKey | undefined,
  work: PaidWork<Answer>,
): Promise<OnceOnlyResult<Answer>> {
  const begun = await services.db.inTenant(tenant_id, async (tx) => {
    const found = header && (await claim(services, tx, tenant_id, header));
    if (found?.state === 'completed') return found;
    return await work.begin(tx, found?.state === 'in_flight');
  });
  if ('state' in begun) return { replayed: true, status: begun.status, body: begun.body as AsJson<Answer> };
  const name = header && { tenant_id, namespace: header.namespace, key: header.key };
  if (begun.payment !== undefined) {
    const { transaction } = await pursueIntent(services, kind, tenant_id, begun.payment);
    if (transaction.status === 'failed' && name)
      await services.db.inTenant(tenant_id, (tx) => releaseKey(tx, name));
    if (transaction.status !== 'settled') failUnsettled(transaction);
  }
  return await services.db.inTenant(tenant_id, async (tx) => {
    const body = toJson(await work.view(tx)) as AsJson<Answer>;
    if (name) {
      const again = await claim(services, tx, tenant_id, header);
      if (again.state === 'completed')
        return { replayed: true, status: again.status, body: again.body as AsJson<Answer> };
      const expires_at = new Date(services.clock.now(tenant_id).getTime() + httpKeyLifetimeMs);
      await completeKey(tx, name, { status: work.status, response_text: JSON.stringify(body), expires_at });
    }
    return { replayed: false, status: work.status, body };
  });
}

function claim(services: IntentServices, tx: Tx, tenant_id: string, header: HeaderKey) {
  const now = services.clock.now(tenant_id);
  return claimKey(tx, { ...header, tenant_id, now, reused_code: 'idempotency_key_reused' });
}
