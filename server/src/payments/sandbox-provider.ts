import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import type {
  Charge,
  Declined,
  PaymentProvider,
  PaymentResult,
  Repayment,
  SettledPayment,
} from './provider.ts';

/** The cards of the sandbox: each always ends in the same way. */
export const SANDBOX_CARDS = [
  'sandbox_card',
  'sandbox_card_declined',
  'sandbox_card_insufficient_funds',
  'sandbox_card_confirm',
  'sandbox_card_dispute',
  'sandbox_card_dispute_won',
  'sandbox_card_hangs',
] as const;
type SandboxCard = (typeof SANDBOX_CARDS)[number];

/** Cards whose payments are disputed later, and how that ends. */
const DISPUTED_CARDS: readonly (string | null)[] = ['sandbox_card_dispute', 'sandbox_card_dispute_won'];

/** How long after its payment a dispute arrives, in milliseconds. */
const DISPUTED_AFTER_MS = 60 * 60 * 1000;

/**
 * Play money, for development and tests. What it answers follows from the request alone, so a repeat of a charge
 * gives the first answer without anything having to be stored: what waits for its owner waits until the sandbox's page
 * or route ends it. `public_url` is where that page is.
 */
export function sandboxProvider(public_url = 'http://127.0.0.1:4600'): PaymentProvider {
  return {
    name: 'sandbox',
    charge: (charge, signal) => chargeCard(charge, public_url, signal),
    abandon: async () => declined('action_expired', 'nobody confirmed the payment in time'),
    async repay(repayment: Repayment): Promise<PaymentResult> {
      return { status: 'succeeded', external_transaction_id: `sandbox_refund_${repayment.idempotency_key}` };
    },
    afterCharge: scheduleDispute,
  };
}

/** The sandbox's name for a charge that succeeded. */
export function sandboxChargeId(transaction_id: string): string {
  return `sandbox_charge_${transaction_id}`;
}

async function chargeCard(charge: Charge, public_url: string, signal: AbortSignal): Promise<PaymentResult> {
  const { idempotency_key: transaction_id, tenant_id, payment_method } = charge;
  switch ((payment_method ?? 'sandbox_card') as SandboxCard) {
    case 'sandbox_card':
    case 'sandbox_card_dispute':
    case 'sandbox_card_dispute_won':
      return { status: 'succeeded', external_transaction_id: sandboxChargeId(transaction_id) };
    case 'sandbox_card_declined':
      return declined('card_declined', 'the sandbox declines this card');
    case 'sandbox_card_insufficient_funds':
      return declined('insufficient_funds', 'the sandbox says that this card has insufficient funds');
    case 'sandbox_card_confirm': {
      const action_url = `${public_url}/payments/sandbox/${tenant_id}/${transaction_id}`;
      const external_transaction_id = sandboxChargeId(transaction_id);
      return { status: 'action_required', external_transaction_id, action_url };
    }
    case 'sandbox_card_hangs':
      return await silence(signal);
    default:
      return declined('payment_method_unknown', `the sandbox takes ${SANDBOX_CARDS.join(', ')}`);
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

function declined(decline_code: string, reason: string): Declined {
  return { status: 'declined', decline_code, reason };
}
