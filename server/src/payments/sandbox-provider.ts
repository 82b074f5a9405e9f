import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import type { CardDetails } from './card.ts';
import type {
  Charge,
  Declined,
  PaymentProvider,
  PaymentResult,
  Repayment,
  SavedCard,
  SettledPayment,
} from './provider.ts';

/** The cards of the sandbox: each always ends in the same way. */
const SANDBOX_CARDS = [
  'sandbox_card',
  'sandbox_card_declined',
  'sandbox_card_insufficient_funds',
  'sandbox_card_confirm',
  'sandbox_card_dispute',
  'sandbox_card_dispute_won',
  'sandbox_card_hangs',
] as const;
type SandboxCard = (typeof SANDBOX_CARDS)[number];

/** Cards whose payments are disputed later. */
const DISPUTED_CARDS: readonly (string | null)[] = ['sandbox_card_dispute', 'sandbox_card_dispute_won'];

/** How long after its payment a dispute arrives, in milliseconds. */
const DISPUTED_AFTER_MS = 60 * 60 * 1000;

/** After how long the sandbox says of a payment that hung that it was never made, in milliseconds. */
const GIVEN_UP_AFTER_MS = 24 * 60 * 60 * 1000;

/** What the sandbox's names for checkouts begin with. */
const CHECKOUT = 'sandbox_checkout_';

/**
 * Play money, for development and tests. What it answers follows from the request alone, so a repeat of a charge
 * gives the first answer without anything having to be stored: what waits for its owner waits until the sandbox's page
 * or route ends it. `public_url` is where that page is.
 */
export function sandboxProvider(public_url = 'http://127.0.0.1:4600'): PaymentProvider {
  return {
    name: 'sandbox',
    needs_method: false,
    charge: (charge, signal) => chargeCard(charge, public_url, signal),
    abandon: async () => declined('action_expired', 'nobody confirmed the payment in time'),
    async repay(repayment: Repayment): Promise<PaymentResult> {
      return { status: 'succeeded', external_transaction_id: `sandbox_refund_${repayment.idempotency_key}` };
    },
    makeCustomer: async ({ tenant_id }) => `sandbox_customer_${tenant_id}`,
    saveCard: async (token): Promise<SavedCard> =>
      isSandboxCard(token) ? { status: 'saved', card: sandboxCard(token) } : unknownCard(),
    removeCard: async () => undefined,
    openCheckout: async ({ checkout_id, tenant_id }) => ({
      external_id: `${CHECKOUT}${checkout_id}`,
      checkout_url: pageOf(public_url, tenant_id, checkout_id),
    }),
    // The page itself ends what is used.
    readCheckout: async ({ is_over }) => ({ status: is_over ? 'expired' : 'open' }),
    afterCharge: scheduleDispute,
  };
}

/** The sandbox's name for a charge that succeeded. */
export function sandboxChargeId(transaction_id: string): string {
  return `sandbox_charge_${transaction_id}`;
}

/** A card of the sandbox as its owner knows it. */
export function sandboxCard(external_id: SandboxCard): CardDetails {
  return { external_id, brand: 'sandbox', last4: '4242', expires_month: 12, expires_year: 2099 };
}

/** Where somebody plays the owner of the card. */
function pageOf(public_url: string, tenant_id: string, id: string): string {
  return `${public_url}/payments/sandbox/${tenant_id}/${id}`;
}

function isSandboxCard(token: string): token is SandboxCard {
  return (SANDBOX_CARDS as readonly string[]).includes(token);
}

async function chargeCard(charge: Charge, public_url: string, signal: AbortSignal): Promise<PaymentResult> {
  const { idempotency_key: transaction_id, tenant_id, payment_method } = charge;
  const action_url = pageOf(public_url, tenant_id, transaction_id);
  if (charge.external_transaction_id?.startsWith(CHECKOUT)) {
    return {
      status: 'action_required',
      external_transaction_id: charge.external_transaction_id,
      action_url,
    };
  }
  const external_transaction_id = sandboxChargeId(transaction_id);
  switch ((payment_method ?? 'sandbox_card') as SandboxCard) {
    case 'sandbox_card':
    case 'sandbox_card_dispute':
    case 'sandbox_card_dispute_won':
      return { status: 'succeeded', external_transaction_id };
    case 'sandbox_card_declined':
      return declined('card_declined', 'the sandbox declines this card');
    case 'sandbox_card_insufficient_funds':
      return declined('insufficient_funds', 'the sandbox says that this card has insufficient funds');
    case 'sandbox_card_confirm':
      return { status: 'action_required', external_transaction_id, action_url };
    case 'sandbox_card_hangs':
      if (charge.age_ms >= GIVEN_UP_AFTER_MS)
        return declined('never_made', 'the payment was not made within a day');
      return await silence(signal);
    default:
      return unknownCard();
  }
}

/** Never answers; ends with its caller's patience. */
function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function scheduleDispute(tx: Tx, payment: SettledPayment, now: Date): Promise<void> {
  const { tenant_id, transaction_id: ref_id, payment_method } = payment;
  if (!DISPUTED_CARDS.includes(payment_method)) return;
  const next_due_at = new Date(now.getTime() + DISPUTED_AFTER_MS);
  await schedule(tx, { tenant_id, kind: 'sandbox_dispute', ref_id, next_due_at });
}

function unknownCard(): Declined {
  return declined('payment_method_unknown', `the sandbox takes ${SANDBOX_CARDS.join(', ')}`);
}

function declined(decline_code: string, reason: string): Declined {
  return { status: 'declined', decline_code, reason };
}
