import type { Metric } from 'prom-client';
import type { RefundAnswer, TokenWriter } from '../ai-tokens/index.ts';
import type { CallRecorder, UsageWriter } from '../api-usage/index.ts';
import type { BalanceWatch } from '../auto-top-up/index.ts';
import type { BillingRunServices } from '../billing-runs/index.ts';
import type { Clock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import type { Decisions } from '../decisions/index.ts';
import type { EmailServices } from '../email/index.ts';
import type { Entitlements } from '../entitlements/index.ts';
import type { PaymentHooks } from '../invoices/index.ts';
import type { IntentKind, IntentKinds } from '../payment-intents/index.ts';
import type { FailedSignIns, RateLimits } from '../rate-limits/index.ts';
import type { SignIn } from '../sign-in/index.ts';
import type { SpendGuard } from '../spend-caps/index.ts';
import type { SubscriptionServices } from '../subscriptions/index.ts';
import type { Caller, KeyCaller, Scope } from '../tenants/index.ts';
import type { TestClock } from '../test-clock/index.ts';

export type { Caller, Scope };

/** What /readyz tells. */
export interface Readiness {
  ready: boolean;
  /** One entry for each thing looked at, for example {database: 'ok', migrations: '1 pending'}. */
  checks: Record<string, string>;
}

/** What the HTTP kernel itself needs; main.ts supplies it, tests a part of it. */
export interface KernelServices {
  db: Database;
  clock: Clock;
  /** The caller of an API key, undefined where the key is mistyped, unknown, expired or revoked. */
  authenticate(api_key: string): Promise<KeyCaller | undefined> | KeyCaller | undefined;
  /** Knows people by their session. */
  sign_in: Pick<SignIn, 'signIn' | 'signOut' | 'session' | 'callerOf'>;
  /**
   * Whether the caller may act for a tenant: its own, one it sells to, or for operators any that
   * exists. `tenant_id` is a well-formed UUID in lower case.
   */
  resolveTenant(caller: Caller, tenant_id: string): Promise<boolean> | boolean;
  readiness(): Promise<Readiness>;
  limits: RateLimits;
  /** What /metrics tells beside requests. */
  metrics: readonly Metric[];
  failed_sign_ins: FailedSignIns;
  /** Takes every finished call to the API; closed with the server. */
  calls: Pick<CallRecorder, 'record' | 'close'>;
}

/** Everything a route's handler can reach. Domains add their services here. */
export interface Services extends KernelServices, SubscriptionServices {
  db: Database;
  /** Does the writes of the hot path: uses, holds, settlements and releases. */
  token_writer: TokenWriter;
  /** Told what was done to a balance where the writer above did not do it. */
  balances: BalanceWatch;
  /** Whether spending keeps calls out; for a host in this process too. */
  spending: SpendGuard;
  /** What a payment may be for. */
  intents: IntentKinds;
  /** For a host in this process too, which asks without HTTP. */
  decisions: Decisions;
  /** For a host in this process too. */
  entitlements: Entitlements;
  calls: CallRecorder;
  /** Takes what hosts report. */
  usage_writer: UsageWriter;
  /** How invoices are paid, and what follows from a payment. */
  invoice_payment: IntentKind;
  invoice_refund: IntentKind<RefundAnswer>;
  payment_hooks: PaymentHooks;
  emails: EmailServices;
  /** Stores what the provider reports in a raw body and its signature; null where no secret to check it is set. */
  payment_webhook: ((body: Buffer, signature: string | undefined) => Promise<void>) | null;
  /** Null where TALLYSTICK_TEST_CLOCK is off. */
  test_clock: TestClock | null;
  /** What billing runs are started and counted with. */
  billing_runs: BillingRunServices;
}
