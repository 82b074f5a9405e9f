import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  LaneWriter,
  PlainWriter,
  purchaseIntent,
  refundIntent,
  type TokenWriter,
  tokenDueHandlers,
} from './ai-tokens/index.ts';
import { CallRecorder, UsageWriter, usageRetention } from './api-usage/index.ts';
import {
  autoTopUpHandler,
  autoTopUpSweep,
  BalanceWatch,
  followAutoTopUps,
  watchedWriter,
} from './auto-top-up/index.ts';
import { billingRunFollower, owedPeriodsSweep } from './billing-runs/index.ts';
import { checkoutDueHandler, hearCheckoutNews } from './checkout/index.ts';
import { type Composition, runCli } from './cli/index.ts';
import { type Clock, monotonicMs, OffsetClock, systemClock } from './clock/index.ts';
import type { Config } from './config/index.ts';
import { type Database, DatabaseUnavailableError, openDatabase } from './db/index.ts';
import { Decisions } from './decisions/index.ts';
import { hearDisputeNews, sandboxDisputes } from './disputes/index.ts';
import {
  type DueHandler,
  type DueWorkLog,
  DueWorkRunner,
  logThrough,
  requestKeyPurge,
  SILENT_LOG,
} from './due-work/index.ts';
import { type EmailServices, emailSending, type Mailer, smtpMailer } from './email/index.ts';
import { Entitlements } from './entitlements/index.ts';
import { type LaneMetrics, laneMetrics, type Readiness, type Services } from './http/index.ts';
import { routes } from './http/routes/index.ts';
import { newId, type Random, systemRandom } from './id/index.ts';
import {
  hearFailedRefunds,
  invoiceNumbering,
  invoicePages,
  invoicePaymentIntent,
  invoiceRefundIntent,
  type PaymentHooks,
} from './invoices/index.ts';
import { eventDueHandler, paymentEventRetention, receiveEvent } from './payment-events/index.ts';
import {
  hearIntentNews,
  type IntentContext,
  type IntentKinds,
  intentDueHandler,
  intentKinds,
} from './payment-intents/index.ts';
import { hearMethodNews } from './payment-methods/index.ts';
import { openStripe, openStripeVerifier, type PaymentProvider, sandboxProvider } from './payments/index.ts';
import { FailedSignIns, RateLimits, RedisLimitStore } from './rate-limits/index.ts';
import { ensureSecretKey, SignIn } from './sign-in/index.ts';
import { SpendGuard, spendingAdmission } from './spend-caps/index.ts';
import {
  refundHook,
  type SubscriptionServices,
  subscriptionContext,
  subscriptionDueHandlers,
  subscriptionPaymentHooks,
} from './subscriptions/index.ts';
import { tableTaxProvider } from './tax/index.ts';
import { KnownCallers } from './tenants/index.ts';
import { loadOffsets, TestClock } from './test-clock/index.ts';

/** What a test, or a host that mounts the plugin, may bring instead of ours. */
export interface Overrides {
  /** It is closed by the composition's close(). */
  db?: Database;
  /** The test clock's offsets are added to it. */
  clock?: Clock;
  /** Null for none. */
  payments?: PaymentProvider | null;
  /** Who takes e-mails. Null for nobody. */
  mailer?: Mailer | null;
  random?: Random;
  log?: DueWorkLog;
}

/**
 * Puts a Tallystick together: database, clock, domains, due work. Nothing runs by itself yet: who serves starts the
 * runner. Throws what openDatabase() throws.
 */
export async function composeServices(config: Config, overrides: Overrides = {}): Promise<Composition> {
  const random = overrides.random ?? systemRandom;
  const db =
    overrides.db ??
    (await openDatabase({
      database_url: config.databaseUrl,
      data_folder: config.tallystickData,
      random: () => random(4).readUInt32BE() / 2 ** 32,
    }));
  try {
    return await composeOver(db, random, config, overrides);
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function composeOver(
  db: Database,
  random: Random,
  config: Config,
  overrides: Overrides,
): Promise<Composition> {
  const base = overrides.clock ?? systemClock();
  const clock = base instanceof OffsetClock ? base : new OffsetClock(base);
  // Also where the test clock is off by now: a book that has seen next year does not go back to this one.
  await loadOffsets(db, clock);
  let log = overrides.log ?? SILENT_LOG;
  const money = await moneyServices(db, clock, random, config, overrides);
  const lateLog = logThrough(() => log);
  const paying = moneyIntents(money);
  const { intents, invoice_payment, invoice_refund, payment_hooks } = paying;
  const emails = emailServices(money, config, overrides);
  const handlers = [...dueHandlers(money, paying, lateLog), emailSending(emails, lateLog)];
  const runner = dueWorkRunner(money, handlers, lateLog);
  const lanes = laneMetrics();
  const usage_writer = usageWriter(money, config.tallystickLanes, lanes);
  const calls = new CallRecorder({
    writer: usage_writer,
    clock,
    spool_folder: join(config.tallystickData, 'spool'),
    log: lateLog,
  });
  const limits = await openLimits(config.redisUrl, db, clock, lateLog);
  const callers = new KnownCallers({ db, clock, monotonic_ms: monotonicMs });
  const authenticate = (api_key: string) => callers.authenticate(api_key);
  const balances = new BalanceWatch({ db, clock, monotonic_ms: monotonicMs, log: lateLog });
  const token_writer = watchedWriter(tokenWriter(money, config.tallystickLanes, lanes), balances);
  const spending = new SpendGuard({ db, clock, monotonic_ms: monotonicMs, prices: money });
  const services: Services = {
    ...money,
    token_writer,
    balances,
    spending,
    intents,
    metrics: lanes.metrics,
    calls,
    usage_writer,
    invoice_payment,
    invoice_refund,
    payment_hooks,
    emails,
    payment_webhook: await paymentWebhook(money, config, base),
    authenticate,
    decisions: new Decisions({ ...money, authenticate, limits, spending, balances }),
    entitlements: new Entitlements({ db, clock, monotonic_ms: monotonicMs }),
    resolveTenant: (caller, tenant_id) => callers.resolveTenant(caller, tenant_id),
    sign_in: new SignIn({
      db,
      clock,
      secretKey: () => ensureSecretKey(config, random),
      public_url: config.publicUrl,
    }),
    readiness: () => readiness(db),
    limits,
    failed_sign_ins: new FailedSignIns(clock),
    billing_runs: money,
    test_clock: config.tallystickTestClock ? new TestClock({ db, clock, runner }) : null,
  };
  return {
    config,
    db,
    clock,
    services,
    routes,
    runner,
    useLog: (destination) => {
      log = destination;
    },
    refreshClock: () => loadOffsets(db, clock),
    close: async () => {
      await runner.stop(RUNNER_DEADLINE_MS);
      await token_writer.close();
      await calls.close();
      await usage_writer.close();
      await limits.close();
      await db.close();
    },
  };
}

/** What everything about money is made of. */
async function moneyServices(
  db: Database,
  clock: OffsetClock,
  random: Random,
  config: Config,
  overrides: Overrides,
): Promise<SubscriptionServices & { db: Database; clock: OffsetClock }> {
  const prices = {
    token_price_cents_per_1k: config.tokenPriceCentsPer1k,
    api_price_cents_per_1k: config.apiPriceCentsPer1k,
  };
  return {
    db,
    clock,
    newId: (at: Date) => newId(at, random),
    known_features: new Set<string>(),
    payments: overrides.payments === undefined ? await providerOf(config) : overrides.payments,
    ...prices,
    admitSpending: spendingAdmission(prices),
    tax: tableTaxProvider,
  };
}

/** What a provider may be asked for, and what follows from its word about an invoice. */
function moneyIntents(money: SubscriptionServices) {
  const payment_hooks = subscriptionPaymentHooks(money);
  const invoice_payment = invoicePaymentIntent(payment_hooks);
  const contextOf = ({ tenant_id, now }: IntentContext) => subscriptionContext(money, tenant_id, now);
  const invoice_refund = invoiceRefundIntent(contextOf, refundHook(money));
  const purchase = followAutoTopUps(purchaseIntent);
  const kinds = [purchase, refundIntent, invoice_payment, invoice_refund];
  return { payment_hooks, invoice_payment, invoice_refund, purchase, intents: intentKinds(kinds) };
}

/** Who takes e-mails, as SMTP_URL says, and what goes along with them. */
function emailServices(
  money: SubscriptionServices & { db: Database },
  { smtpUrl: smtp_url, publicUrl: public_url }: Config,
  { mailer = smtp_url === undefined ? null : smtpMailer({ smtp_url, monotonic_ms: monotonicMs }) }: Overrides,
): EmailServices {
  const invoice_pages = invoicePages(money.db, (tenant_id) => subscriptionContext(money, tenant_id));
  return { db: money.db, mailer, invoice_pages, public_url };
}

/** Runs what falls due, of several tenants at once. */
function dueWorkRunner(
  { db, clock }: { db: Database; clock: OffsetClock },
  handlers: readonly DueHandler[],
  log: DueWorkLog,
): DueWorkRunner {
  return new DueWorkRunner({ db, clock, handlers, log, at_once: TENANTS_AT_ONCE[db.engine] });
}

/** Whatever falls due. */
function dueHandlers(
  services: SubscriptionServices & { db: Database; clock: OffsetClock },
  { intents, invoice_payment, payment_hooks, purchase }: ReturnType<typeof moneyIntents>,
  log: DueWorkLog,
): readonly DueHandler[] {
  const { db, clock, payments } = services;
  return [
    ...tokenDueHandlers(services),
    autoTopUpHandler(services, purchase),
    autoTopUpSweep({ db, clock, provider: payments?.name ?? null }),
    ...paymentDueHandlers({ ...services, payment_hooks }, intents),
    ...subscriptionDueHandlers(services, invoice_payment),
    invoiceNumbering(services.db),
    billingRunFollower(services),
    owedPeriodsSweep(services),
    requestKeyPurge(services.db),
    paymentEventRetention(services.db),
    usageRetention({ db: services.db, log }),
  ];
}

/** What payments wait for, and who hears what their provider reports. */
function paymentDueHandlers(
  services: SubscriptionServices & { db: Database; payment_hooks: PaymentHooks },
  intents: IntentKinds,
): readonly DueHandler[] {
  const listeners = [
    hearFailedRefunds(services),
    hearIntentNews(services, intents),
    hearCheckoutNews(services),
    hearMethodNews(services),
    hearDisputeNews(services),
  ];
  return [
    intentDueHandler(services, intents),
    checkoutDueHandler(services),
    eventDueHandler(services, listeners),
    sandboxDisputes(services),
  ];
}

/** Stores what Stripe reports; null where there is no secret to check it with. */
async function paymentWebhook(
  services: Parameters<typeof receiveEvent>[0],
  { stripeWebhookSecret: secret }: Config,
  // Stripe's time and not a tenant's, which a test clock may have moved.
  wall: Clock,
): Promise<Services['payment_webhook']> {
  if (secret === undefined) return null;
  const verify = await openStripeVerifier();
  return async (body, signature) =>
    receiveEvent(services, 'stripe', verify(body, signature, secret, wall.now()));
}

/** Who takes the money, as PAYMENTS says. */
async function providerOf(config: Config): Promise<PaymentProvider | null> {
  const { payments, stripeSecretKey: secret_key, stripeApiBase: api_base } = config;
  const public_url = addressOf(config);
  if (payments === 'stripe' && secret_key) return openStripe({ secret_key, api_base, public_url });
  return payments === 'sandbox' ? sandboxProvider(public_url) : null;
}

/** Where the outside world reaches this server: as PUBLIC_URL says, else where it listens. */
function addressOf({ publicUrl, host, port }: Config): string {
  return publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Lanes, as many as there are to be, or a transaction for each write where there are none. */
function tokenWriter(
  services: ConstructorParameters<typeof PlainWriter>[0] & { db: Database },
  lanes: number,
  metrics: LaneMetrics,
): TokenWriter {
  const plain = new PlainWriter(services);
  if (lanes === 0) return plain;
  const writer = new LaneWriter(
    { ...services, monotonic_ms: monotonicMs },
    plain,
    lanes,
    metrics.observer('tokens'),
  );
  metrics.watchDepth('tokens', () => writer.depth);
  return writer;
}

function usageWriter(
  services: Pick<Services, 'db' | 'clock' | 'newId'>,
  lanes: number,
  metrics: LaneMetrics,
): UsageWriter {
  const observer = metrics.observer('api_usage');
  const writer = new UsageWriter({ ...services, lanes, monotonic_ms: monotonicMs, observer });
  metrics.watchDepth('api_usage', () => writer.depth);
  return writer;
}

async function openLimits(
  redis_url: string | undefined,
  db: Database,
  clock: Clock,
  log: DueWorkLog,
): Promise<RateLimits> {
  const monotonic_ms = monotonicMs;
  const shared =
    redis_url === undefined ? undefined : await RedisLimitStore.open(redis_url, { monotonic_ms, log });
  return new RateLimits({ db, clock, monotonic_ms, shared });
}

/**
 * Of how many tenants due work runs at the same time: enough to wait for the disk together, and few enough to leave
 * requests most of the pool. The embedded database has one connection, so more would only queue there.
 */
const TENANTS_AT_ONCE = { postgres: 4, pglite: 1 } as const;

/** How long the items under way may take at the end, in milliseconds. */
const RUNNER_DEADLINE_MS = 2000;

/** Ready is a database that answers and has every migration that this program has. */
async function readiness(db: Database): Promise<Readiness> {
  try {
    await db.ping();
    const pending = await db.pendingMigrations();
    const migrations = pending.length === 0 ? 'applied' : `${pending.length} pending`;
    return { ready: pending.length === 0, checks: { database: 'ok', migrations } };
  } catch (error) {
    const detail = error instanceof DatabaseUnavailableError ? error.message : 'no answer';
    return { ready: false, checks: { database: detail } };
  }
}

/** Runs `tallystick <command>`, and answers the exit code. The bin calls it. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  // Whoever reads our output may stop reading, as head does; that is no error of ours.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const code = await runCli(argv, {
    env,
    cwd: process.cwd(),
    version: readVersion(),
    compose: composeServices,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
  });
  // Everything is closed. Should something still keep the process alive, it does not do so for long.
  setTimeout(() => process.exit(code), LINGER_MS).unref();
  return code;
}

const LINGER_MS = 1000;

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return String(manifest.version);
}
