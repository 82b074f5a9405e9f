import type { TokenServices } from '../ai-tokens/index.ts';
import { type Database, setTenant, type Tx } from '../db/index.ts';
import { newId, ROOT_TENANT_ID } from '../id/index.ts';
import { numberInvoices } from '../invoices/index.ts';
import { createTenant, listTenants, type Tenant } from '../tenants/index.ts';
import { addUpStudios } from './add-up-studios.ts';
import { renewDemoKeys } from './demo-keys.ts';
import { enterPlan } from './enter-plan.ts';
import { drawHabits, joinedAt } from './habits.ts';
import { keepEmails } from './keep-emails.ts';
import { claimLoad, completeLoad, type DemoTotals } from './load-marker.ts';
import { loadOperator } from './load-operator.ts';
import { drawPlan } from './plans.ts';
import { SeededNumbers } from './seeded-numbers.ts';
import { enterStory } from './stories.ts';
import { StudioBilling } from './studio-billing.ts';
import { StudioBook } from './studio-book.ts';
import { StudioSchedule } from './studio-schedule.ts';
import { StudioServices } from './studio-services.ts';
import { StudioYear } from './studio-year.ts';
import { EXAMPLE_SLUG, STUDIOS, type Studio } from './studios.ts';

/** What the demo loader works with. */
export interface DemoInput {
  services: TokenServices & { db: Pick<Database, 'asJob'> };
  /** Called as it goes, with how much is done: 0 to 1. Never called where there is nothing to load. */
  progress(done: number): void;
  /** Only so many of the studios, for tests; those with a story come first. */
  studios?: number;
}

/** What is there to look at, and with which keys. */
export interface DemoSummary extends DemoTotals {
  operator_key: string;
  example: { tenant_id: string; name: string; api_key: string };
}

/**
 * Loads the demo data into an empty database, or the rest of it where an earlier load was cut off; where all is there,
 * it only makes new keys. Undefined where the database holds tenants that the demo did not make: then nothing changes.
 */
export async function loadDemo(input: DemoInput): Promise<DemoSummary | undefined> {
  const { services } = input;
  const found = await claimLoad(services.db, services.clock.now(ROOT_TENANT_ID));
  if (found.state === 'not_empty') return undefined;
  const totals = found.state === 'loaded' ? found.totals : await loadStudios(input, found.since);
  const example = await services.db.inTenant(ROOT_TENANT_ID, (tx) =>
    findChild(tx, ROOT_TENANT_ID, EXAMPLE_SLUG),
  );
  if (example === undefined) throw new Error(`the demo is loaded, and "${EXAMPLE_SLUG}" is not there`);
  const { tenant_id, name } = example;
  const { operator_key, tenant_key } = await renewDemoKeys(services, tenant_id);
  return { ...totals, operator_key, example: { tenant_id, name, api_key: tenant_key } };
}

/** Loads what is missing. All follows from `until` and the studios' names, so a load that goes on makes the same data. */
async function loadStudios({ services, progress, studios }: DemoInput, until: Date): Promise<DemoTotals> {
  const chosen = STUDIOS.slice(0, studios);
  const known_features = new Set<string>();
  const tenants = new Map<string, string>();
  progress(0);
  await loadOperator(services.db, until);
  for (const [index, studio] of chosen.entries()) {
    const seller_id = studio.sold_by === undefined ? ROOT_TENANT_ID : tenants.get(studio.sold_by);
    if (seller_id === undefined) throw new Error(`${studio.slug} is sold by a studio that is not loaded`);
    // One transaction for a year: the tenant is there with all of it, or not at all, and the disk is waited for once.
    const tenant_id = await services.db.inTenant(
      seller_id,
      async (tx) =>
        (await findChild(tx, seller_id, studio.slug))?.tenant_id ??
        (await loadStudio(tx, seller_id, studio, until, known_features)),
    );
    tenants.set(studio.slug, tenant_id);
    // The last step is the sum.
    progress((index + 1) / (chosen.length + 1));
  }
  // In the order of finalizing over all of a seller's tenants, so it takes all of them.
  await numberInvoices(services.db);
  await keepEmails(services.db, tenants.values());
  const totals = await addUpStudios(services.db, [...tenants.values()], until);
  await completeLoad(services.db, totals);
  progress(1);
  return totals;
}

/** Makes a studio in its seller's transaction, and writes its year in its own name; answers its tenant_id. */
async function loadStudio(
  tx: Tx,
  seller_id: string,
  studio: Studio,
  until: Date,
  known_features: Set<string>,
): Promise<string> {
  const { name, slug, currency } = studio;
  const numbers = new SeededNumbers(slug);
  const habits = drawHabits(studio, numbers);
  const seller = {
    seller_id,
    operator: seller_id === ROOT_TENANT_ID,
    now: joinedAt(habits, until),
    newId: (at: Date) => newId(at, numbers.bytes),
  };
  const { tenant_id } = await createTenant(tx, seller, { name, slug, currency, tier_name: 'free' });
  await setTenant(tx, tenant_id);
  // Ids draw from numbers of their own, so that what happens does not depend on how many ids it takes.
  const ids = new SeededNumbers(`${slug}/ids`);
  const services = new StudioServices(tx, tenant_id, {
    random: ids.bytes,
    known_features,
    by_wire: habits.by_wire,
  });
  const schedule = new StudioSchedule(services);
  const parts = {
    services,
    schedule,
    book: new StudioBook(services, schedule),
    billing: new StudioBilling(services, schedule),
  };
  const year = new StudioYear(studio, parts, numbers, habits, until);
  // Numbers of its own too: a studio's jobs do not depend on how it pays.
  const plan_numbers = new SeededNumbers(`${slug}/plan`);
  const plan = drawPlan(studio, habits, plan_numbers, until.getTime());
  if (plan !== undefined) enterPlan(year, plan, plan_numbers);
  enterStory(year);
  await year.live();
  return tenant_id;
}

async function findChild(tx: Tx, seller_id: string, slug: string): Promise<Tenant | undefined> {
  return (await listTenants(tx, seller_id, { slug, limit: 1 }))[0];
}
