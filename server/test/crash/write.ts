/** An answer as a client keeps it. */
export interface JsonAnswer {
  status: number;
  replayed: boolean;
  body: Record<string, unknown>;
}

export type WriteKind = 'use' | 'hold' | 'settle' | 'release' | 'buy' | 'assert' | 'refund' | 'calls';

/** A write under a key that its client made, so that it can be repeated. */
export interface Write {
  kind: WriteKind;
  tenant_id: string;
  path: string;
  body: Record<string, unknown> | readonly { id: string }[];
  /** Sent as Idempotency-Key where it is there; uses and holds have a request_id in the body instead. */
  idempotency_key: string | undefined;
  /** The first 2xx answer; undefined while none arrived. */
  answer: JsonAnswer | undefined;
  /** A refusal that arrived, such as 402: nothing was changed. */
  refusal: JsonAnswer | undefined;
}

/** What a client knows, from which its next write follows. */
export interface Known {
  tenant_ids: readonly string[];
  writes: Write[];
  /** Holds that were answered and which nobody has begun to end. */
  open_holds: { hold_id: string; tenant_id: string; tokens: number }[];
  /** Settled purchases. */
  purchases: { transaction_id: string; tenant_id: string }[];
  random: () => number;
  /** Makes keys unique over all rounds. */
  prefix: string;
}

/** With more open holds than that one is ended, so that a long load does not pile them up. */
const OPEN_HOLDS_MAX = 200;

/** The next write: mostly uses, and with the holds and purchases that are known by now settlements and refunds. */
export function nextWrite(known: Known): Write {
  const { random, writes } = known;
  const tenant_id = known.tenant_ids[Math.floor(random() * known.tenant_ids.length)] ?? '';
  const key = `${known.prefix}-${writes.length}`;
  const tokens = 1 + Math.floor(random() * 300);
  const draw = random();
  const make = (
    kind: WriteKind,
    path: string,
    body: Write['body'],
    keyed: boolean,
    of = tenant_id,
  ): Write => ({
    kind,
    tenant_id: of,
    path,
    body,
    idempotency_key: keyed ? key : undefined,
    answer: undefined,
    refusal: undefined,
  });
  if (draw < 0.16)
    return make('buy', '/ai-tokens/purchase', { tokens_to_purchase: 100 + (tokens % 100) }, true);
  if (draw < 0.26) {
    return make(
      'assert',
      '/ai-tokens/purchase',
      { tokens_to_purchase: 100 + (tokens % 100), transaction_id: key },
      false,
    );
  }
  if (draw < 0.5 && known.open_holds.length < OPEN_HOLDS_MAX) {
    const body = { tokens, feature_type: 'ad_generation', request_id: key };
    return make('hold', '/ai-tokens/holds', body, false);
  }
  if (draw < 0.7) {
    const hold = known.open_holds.shift();
    const path = `/ai-tokens/holds/${hold?.hold_id}`;
    // A settlement needs no key: the hold is one. Some have an Idempotency-Key all the same.
    if (hold && draw < 0.65)
      return make('settle', `${path}/settle`, { tokens_used: tokens }, draw < 0.6, hold.tenant_id);
    if (hold) return make('release', `${path}/release`, {}, draw < 0.68, hold.tenant_id);
  }
  if (draw < 0.76) {
    const sale = known.purchases.shift();
    const body = { transaction_id: sale?.transaction_id, amount_cents: 1, reason: 'load' };
    if (sale) return make('refund', '/refunds', body, true, sale.tenant_id);
  }
  // Without a key the ids of its events make it safe to repeat.
  if (draw < 0.86) return make('calls', '/api-usage/events', makeCalls(key, tokens), draw < 0.8);
  const body = { tokens_used: tokens, feature_type: 'content_generation', request_id: key };
  return make('use', '/ai-tokens/usage', body, draw > 0.9);
}

function makeCalls(key: string, count: number): { id: string }[] {
  const call = { endpoint: '/episodes', method: 'GET', response_time_ms: count };
  return Array.from({ length: 1 + (count % 20) }, (_call, index) => ({
    ...call,
    id: `${key}-${index}`,
    status_code: index % 5 === 4 ? 500 : 200,
  }));
}

/** Keeps an answer, and what later writes can be made of it. */
export function learn(known: Known, write: Write, answer: JsonAnswer): void {
  if (answer.status >= 300) {
    write.refusal = answer;
    return;
  }
  write.answer = answer;
  const { tenant_id } = write;
  const { hold_id, tokens_held, transaction_id } = answer.body;
  if (write.kind === 'hold') {
    known.open_holds.push({ hold_id: String(hold_id), tenant_id, tokens: Number(tokens_held) });
  }
  if (write.kind === 'buy' || write.kind === 'assert')
    known.purchases.push({ transaction_id: String(transaction_id), tenant_id });
}
