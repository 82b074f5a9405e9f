import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { findTransaction, type Transaction } from '../ledger/index.ts';
import { type PaymentResult, sandboxChargeId } from '../payments/index.ts';
import { type IntentKinds, type IntentServices, kindOf } from './kind.ts';
import { commitResult } from './run-intent.ts';

/** What the owner of a card does when a bank asks. */
export type SandboxChoice = 'pay' | 'decline';

/**
 * Ends a payment that waits in the sandbox for the owner of the card; one that has ended stays as it is. Fails with
 * `sandbox_disabled`, `not_found` or `payment_not_waiting`.
 */
export async function confirmInSandbox(
  tx: Tx,
  services: Pick<IntentServices, 'clock' | 'newId' | 'payments'>,
  kinds: IntentKinds,
  tenant_id: string,
  { transaction_id, choice }: { transaction_id: string; choice: SandboxChoice },
): Promise<Transaction> {
  if (services.payments?.name !== 'sandbox') fail('sandbox_disabled', 'this server has another provider');
  const found = await findTransaction(tx, tenant_id, transaction_id);
  if (found === undefined) fail('not_found', `there is no transaction ${transaction_id}`);
  if (found.status !== 'pending') return found;
  if (found.action_url === null || found.provider !== 'sandbox')
    fail('payment_not_waiting', `transaction ${transaction_id} waits for nobody's confirmation`);
  const { transaction } = await commitResult(
    tx,
    services,
    kindOf(kinds, found),
    found,
    resultOf(found, choice),
  );
  return transaction;
}

function resultOf({ transaction_id }: Transaction, choice: SandboxChoice): PaymentResult {
  if (choice === 'pay') {
    return { status: 'succeeded', external_transaction_id: sandboxChargeId(transaction_id) };
  }
  return {
    status: 'declined',
    decline_code: 'authentication_failed',
    reason: 'the owner of the card did not confirm the payment',
  };
}
