import {
  type Charge,
  type PaymentProvider,
  type Repayment,
  sandboxProvider,
} from '../../src/payments/index.ts';

/** The sandbox with a memory: what it took and gave under which key, and answers that get lost on demand. */
export interface CountingProvider extends PaymentProvider {
  /** The distinct keys under which money was taken, and given back. */
  readonly charged: ReadonlySet<string>;
  readonly repaid: ReadonlySet<string>;
  /** While true, money moves and the answer does not arrive. */
  losing: boolean;
  /** What is awaited before an answer is given. */
  pause: Promise<void> | undefined;
}

export function countingProvider(): CountingProvider {
  const sandbox = sandboxProvider();
  const charged = new Set<string>();
  const repaid = new Set<string>();
  const provider: CountingProvider = {
    ...sandbox,
    charged,
    repaid,
    losing: false,
    pause: undefined,
    charge: async (charge: Charge, signal) => {
      const result = await sandbox.charge(charge, signal);
      if (result.status === 'succeeded') charged.add(charge.idempotency_key);
      await provider.pause;
      if (provider.losing) throw new Error('the connection was lost after the charge');
      return result;
    },
    repay: async (repayment: Repayment, signal) => {
      const result = await sandbox.repay(repayment, signal);
      repaid.add(repayment.idempotency_key);
      await provider.pause;
      if (provider.losing) throw new Error('the connection was lost after the repayment');
      return result;
    },
  };
  return provider;
}
