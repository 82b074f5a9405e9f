import { type PaymentProvider, type PaymentResult, sandboxProvider } from '../../src/payments/index.ts';

/** How the next call ends. `dies` charges and never says so; `hangs` says nothing and charges nothing. */
export type Mood = 'works' | 'declines' | 'hangs' | 'dies' | 'fails';

/** A provider that fails on demand, and remembers for whom money really moved: each key once, as providers do. */
export interface FlakyProvider extends PaymentProvider {
  mood: Mood;
  deadline_ms: number;
  /** The calls that reached it, by key. */
  readonly calls: string[];
  /** What it charged and paid back, by key. */
  readonly moved: Map<string, bigint>;
  /** Waits at this gate before it answers, if one is set. */
  gate: Promise<void> | undefined;
}

/** Named like the sandbox, so that either can finish what the other began. */
export function flakyProvider(): FlakyProvider {
  const sandbox = sandboxProvider();
  const provider: FlakyProvider = {
    ...sandbox,
    deadline_ms: 50,
    mood: 'works',
    calls: [],
    moved: new Map(),
    gate: undefined,
    charge: (charge, signal) => move(charge, () => sandbox.charge(charge, signal), 1n),
    repay: (repayment, signal) => move(repayment, () => sandbox.repay(repayment, signal), -1n),
  };
  async function move(
    request: { idempotency_key: string; amount_cents: bigint },
    answer: () => Promise<PaymentResult>,
    sign: bigint,
  ): Promise<PaymentResult> {
    const { idempotency_key: key, amount_cents } = request;
    provider.calls.push(key);
    await provider.gate;
    const { mood } = provider;
    if (mood === 'hangs') return new Promise(() => undefined);
    if (mood === 'fails') throw new Error('connection refused');
    if (mood === 'declines')
      return { status: 'declined', decline_code: 'expired_card', reason: 'the card has expired' };
    provider.moved.set(key, sign * amount_cents);
    if (mood === 'dies') throw new Error('the connection was lost after the charge');
    return answer();
  }
  return provider;
}
