import { sql } from 'kysely';
import { setTenant, type Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';

/** A feature that may use tokens. */
export interface Feature {
  feature_type: string;
  title: string;
  created_at: Date;
}

/** Fails with `feature_unknown` where the feature is not registered. `known_features` spares the look-up of a seen one. */
export async function requireFeature(
  tx: Tx,
  known_features: Set<string>,
  feature_type: string,
): Promise<void> {
  if (known_features.has(feature_type)) return;
  const found = await sql`
    select 1 from ai_token_features where tenant_id = ${ROOT_TENANT_ID} and feature_type = ${feature_type}`.execute(
    tx,
  );
  if (found.rows.length === 0) {
    fail(
      'feature_unknown',
      `"${feature_type}" is not registered; the operator registers it with PUT /features/${feature_type}`,
    );
  }
  known_features.add(feature_type);
}

/**
 * Registers a feature of the platform, or renames it. A new one without a title is titled after its type, and a known
 * one keeps its title then. `created` says whether it is new. The rows are the root's, so the transaction is in the
 * root's name meanwhile; `tenant_id` is whose it is.
 */
export async function putFeature(
  tx: Tx,
  tenant_id: string,
  feature: { feature_type: string; title: string | undefined },
  now: Date,
): Promise<{ created: boolean; feature: Feature }> {
  const { feature_type, title } = feature;
  await setTenant(tx, ROOT_TENANT_ID);
  const inserted = await sql<Feature>`
    insert into ai_token_features (tenant_id, feature_type, title, created_at)
    values (${ROOT_TENANT_ID}, ${feature_type}, ${title ?? feature_type}, ${now})
    on conflict (tenant_id, feature_type) do nothing
    returning feature_type, title, created_at`.execute(tx);
  const written = inserted.rows[0] ?? (await renameFeature(tx, feature_type, title));
  await setTenant(tx, tenant_id);
  return { created: inserted.rows.length > 0, feature: written };
}

async function renameFeature(tx: Tx, feature_type: string, title: string | undefined): Promise<Feature> {
  const renamed = await sql<Feature>`
    update ai_token_features set title = coalesce(${title ?? null}, title)
    where tenant_id = ${ROOT_TENANT_ID} and feature_type = ${feature_type}
    returning feature_type, title, created_at`.execute(tx);
  return renamed.rows[0] ?? fail('feature_unknown', `"${feature_type}" is not registered`);
}

/** The features of the platform, newest first: after a position, at most `limit`. */
export async function listFeatures(
  tx: Tx,
  page: { after?: { time: Date; id: string } | undefined; limit: number },
): Promise<Feature[]> {
  const after = page.after;
  const found = await sql<Feature>`
    select feature_type, title, created_at from ai_token_features
    where tenant_id = ${ROOT_TENANT_ID}
      and (${after?.id ?? null}::text is null or (created_at, feature_type) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::text))
    order by created_at desc, feature_type desc limit ${page.limit}`.execute(tx);
  return found.rows;
}
