import { type Expected, first, Refusal, type Request, replay } from './model-answers.ts';
import {
  type Answer,
  addGrant,
  burn,
  deferredOf,
  expire,
  freeOf,
  grantAt,
  grantView,
  halfEven,
  hold,
  leftOf,
  type ModelBook,
  type ModelHold,
  type ModelPayment,
  payBack,
  pick,
  remaining,
  sum,
  timeText,
} from './model-book.ts';

const DAY_MS = 86_400_000;
const FEATURES = ['content_generation', 'ad_generation'];
const PATIENCE_MS = 60_000;

/** What a request does to a book at a time: changes the book, or throws a Refusal (the caller keeps the old book). */
export function perform(book: ModelBook, request: Request, now: number): Expected {
  if (request.key === undefined) return performKeyed(book, request, now, undefined);
  const name = `http ${request.route} ${request.key}`;
  const text = JSON.stringify([request.hold_id ?? null, request.body]);
  const known = book.keys.get(name);
  if (known !== undefined && (known.expires_at === null || known.expires_at > now)) {
    if (known.request !== text) throw new Refusal(422, 'idempotency_key_reused');
    if (known.payment !== undefined) return askProvider(book, known.payment, request, now);
    return replay(known.status, known.answer);
  }
  const claim = {
    request: text,
    expires_at: now + DAY_MS,
    payment: undefined,
    status: 0,
    answer: {},
  };
  book.keys.set(name, claim);
  const result = performKeyed(book, request, now, name);
  const key = book.keys.get(name);
  if (key === undefined || key.payment !== undefined) return result;
  key.status = result.status;
  key.answer = result.answer;
  return {
    ...result,
    learn: (answer) => {
      result.learn(answer);
      key.answer = answer;
    },
  };
}

function performKeyed(book: ModelBook, request: Request, now: number, header: string | undefined): Expected {
  const { body } = request;
  switch (request.route) {
    case 'purchase':
      if (body.transaction_id === undefined) return beginPurchase(book, request, now, header);
      return once(book, `purchases ${body.transaction_id}`, request, 'transaction_id_reused', () =>
        credit(book, request, now),
      );
    case 'grant':
      return give(book, request, now);
    case 'use':
      if (body.request_id === undefined) return use(book, request, now);
      return once(book, `usage ${body.request_id}`, request, 'request_id_reused', () =>
        use(book, request, now),
      );
    case 'hold':
      return once(book, `holds ${body.request_id}`, request, 'request_id_reused', () =>
        place(book, request, now),
      );
    case 'settle':
      return settle(book, request, now);
    case 'release':
      return release(book, request, now);
    case 'refund':
      return beginRefund(book, request, now, header);
  }
}

function once(
  book: ModelBook,
  name: string,
  request: Request,
  reused: string,
  work: () => Expected,
): Expected {
  const text = JSON.stringify(request.body);
  const known = book.keys.get(name);
  if (known !== undefined) {
    if (known.request !== text) throw new Refusal(422, reused);
    return replay(200, known.answer);
  }
  const result = work();
  const key = { request: text, expires_at: null, payment: undefined, status: 201, answer: result.answer };
  book.keys.set(name, key);
  return {
    ...result,
    learn: (answer) => {
      result.learn(answer);
      key.answer = answer;
    },
  };
}

/** 100,000 tokens cost 1000 cents; below one cent is refused before rounding. */
function priceOf(tokens: number): number {
  if (tokens < 100) throw new Refusal(422, 'price_too_small');
  return halfEven(tokens, 100);
}

function credit(book: ModelBook, { body }: Request, now: number): Expected {
  const tokens = Number(body.tokens_to_purchase);
  const price = priceOf(tokens);
  const terms = { source: 'sold', charged: false, priority: 100, expires_at: null } as const;
  const at = addGrant(book, now, { ...terms, tokens, price });
  return first(201, purchaseAnswer(book, tokens, price), (answer) => {
    grantAt(book, at).transaction_id = String(answer.transaction_id);
  });
}

function purchaseAnswer(book: ModelBook, tokens_purchased: number, amount_cents: number): Answer {
  return { tokens_purchased, amount_cents, currency: 'USD', status: 'settled', balance: remaining(book) };
}

function beginPurchase(book: ModelBook, request: Request, now: number, key: string | undefined): Expected {
  const tokens = Number(request.body.tokens_to_purchase);
  const payment: ModelPayment = {
    type: 'token_purchase',
    status: 'pending',
    declined: request.body.payment_method === 'sandbox_card_declined',
    key,
    due_at: now + PATIENCE_MS,
    tokens,
    cents: priceOf(tokens),
    grant: -1,
    reason: '',
  };
  return begin(book, payment, request, now);
}

/** An intent is bound to its key before the provider is asked, and stays bound whatever becomes of the answer. */
function begin(book: ModelBook, payment: ModelPayment, request: Request, now: number): Expected {
  const place = book.payments.push(payment) - 1;
  const key = payment.key === undefined ? undefined : book.keys.get(payment.key);
  if (key !== undefined) Object.assign(key, { payment: place, expires_at: null });
  return askProvider(book, place, request, now);
}

function askProvider(book: ModelBook, place: number, request: Request, now: number): Expected {
  const payment = paymentAt(book, place);
  // Here something is kept although the answer is no success: the intent.
  // What was paid elsewhere is paid back elsewhere: nobody is asked, so nothing can be lost.
  const asks = payment.type === 'token_purchase' || grantAt(book, payment.grant).charged;
  if (request.lost && asks) return first(503, { code: 'payments_unavailable' });
  const answer = settlePayment(book, place, now);
  if (answer === undefined) return first(402, { code: 'payment_declined' });
  const grant = book.grants.length - 1;
  return first(201, answer, (told) => {
    if (payment.type === 'token_purchase') grantAt(book, grant).transaction_id = String(told.transaction_id);
    const key = payment.key === undefined ? undefined : book.keys.get(payment.key);
    if (key !== undefined) key.answer = told;
  });
}

export function paymentAt(book: ModelBook, place: number): ModelPayment {
  const payment = book.payments[place];
  if (payment === undefined) throw new Error(`the model has no payment ${place}`);
  return payment;
}

/**
 * The provider has spoken: what follows in the book, and the answer, which the key keeps for a day from now. Undefined
 * where it refused: the key is free again.
 */
export function settlePayment(book: ModelBook, place: number, now: number): Answer | undefined {
  const payment = paymentAt(book, place);
  const { tokens, cents: price } = payment;
  if (payment.declined) {
    payment.status = 'failed';
    if (payment.key !== undefined) book.keys.delete(payment.key);
    return undefined;
  }
  payment.status = 'settled';
  let answer: Answer;
  if (payment.type === 'token_purchase') {
    const terms = { source: 'sold', charged: true, priority: 100, expires_at: null } as const;
    addGrant(book, now, { ...terms, tokens, price });
    answer = purchaseAnswer(book, tokens, price);
  } else {
    payBack(book, now, payment);
    const { reason } = payment;
    answer = {
      amount_cents: price,
      currency: 'USD',
      tokens_refunded: tokens,
      reason,
      status: 'settled',
      balance: remaining(book),
    };
  }
  const key = payment.key === undefined ? undefined : book.keys.get(payment.key);
  if (key !== undefined)
    Object.assign(key, { payment: undefined, expires_at: now + DAY_MS, status: 201, answer });
  return answer;
}

function give(book: ModelBook, { body }: Request, now: number): Expected {
  const expires_at = body.expires_at === undefined ? null : Date.parse(String(body.expires_at));
  if (expires_at !== null && expires_at <= now) throw new Refusal(422, 'request_invalid');
  const terms = { source: 'given', charged: false, priority: Number(body.priority), price: 0 } as const;
  const at = addGrant(book, now, { ...terms, expires_at, tokens: Number(body.tokens) });
  return first(201, { ...grantView(grantAt(book, at)), balance: remaining(book) }, (answer) => {
    grantAt(book, at).transaction_id = String(answer.transaction_id);
  });
}

function requireTokens(book: ModelBook, tokens: number): void {
  const tokens_remaining = remaining(book);
  if (tokens > tokens_remaining)
    throw new Refusal(402, 'tokens_insufficient', { tokens_required: tokens, tokens_remaining });
}

function requireFeature(feature_type: unknown): string {
  const known = FEATURES.find((feature) => feature === feature_type);
  if (known === undefined) throw new Refusal(422, 'feature_unknown');
  return known;
}

function use(book: ModelBook, { body }: Request, now: number): Expected {
  const feature_type = requireFeature(body.feature_type);
  const tokens = Number(body.tokens_used);
  expire(book, now);
  requireTokens(book, tokens);
  burn(book, pick(book, tokens));
  book.uses.push({ tokens, feature_type, request_id: (body.request_id as string | undefined) ?? null });
  book.last_usage_at = now;
  return first(201, { tokens_used: tokens, feature_type, balance_after: remaining(book) });
}

function place(book: ModelBook, { body }: Request, now: number): Expected {
  const feature_type = requireFeature(body.feature_type);
  const tokens = Number(body.tokens);
  expire(book, now);
  requireTokens(book, tokens);
  const pins = pick(book, tokens);
  hold(book, pins, 1);
  const expires_at = now + Number(body.ttl_seconds) * 1000;
  const made: ModelHold = {
    hold_id: undefined,
    request_id: String(body.request_id),
    feature_type,
    tokens,
    pins,
    status: 'held',
    released_by: undefined,
    expires_at,
    settled_with: 0,
    end: {},
  };
  book.holds.push(made);
  return first(201, { tokens_held: tokens, expires_at: timeText(expires_at) }, (answer) => {
    made.hold_id = String(answer.hold_id);
  });
}

function holdOf(book: ModelBook, request: Request): ModelHold {
  const found = book.holds.find((candidate) => candidate.hold_id === request.hold_id);
  if (found === undefined) throw new Refusal(404, 'not_found');
  return found;
}

function settle(book: ModelBook, request: Request, now: number): Expected {
  const held = holdOf(book, request);
  const asked = Number(request.body.tokens_used);
  if (held.status === 'settled') {
    if (held.settled_with !== asked) throw new Refusal(422, 'settlement_differs');
    return replay(200, held.end);
  }
  if (held.released_by === 'owner') throw new Refusal(409, 'hold_released');
  expire(book, now);
  hold(book, held.pins, -1);
  let missing = asked;
  for (const pin of held.pins) {
    const tokens = Math.min(pin.tokens, missing);
    if (tokens > 0) burn(book, [{ grant: pin.grant, tokens }]);
    missing -= tokens;
  }
  expire(book, now);
  const more = pick(book, missing);
  burn(book, more);
  missing -= sum(more, (pin) => pin.tokens);
  const shortfall = Math.min(missing, Math.max(0, book.cap - book.shortfall));
  book.shortfall += shortfall;
  const refused = missing - shortfall;
  book.refused += refused;
  const tokens = asked - refused;
  book.uses.push({ tokens, feature_type: held.feature_type, request_id: held.request_id });
  book.last_usage_at = now;
  held.status = 'settled';
  held.settled_with = asked;
  held.end = {
    tokens_used: tokens,
    shortfall_tokens: shortfall,
    ...(refused === 0 ? {} : { shortfall_refused_tokens: refused }),
    balance_after: remaining(book),
  };
  return first(200, held.end, (answer) => {
    held.end = answer;
  });
}

function release(book: ModelBook, request: Request, now: number): Expected {
  const held = holdOf(book, request);
  if (held.status === 'settled') throw new Refusal(409, 'hold_settled');
  if (held.status === 'released') return replay(200, held.end);
  endHold(book, held, 'owner', now);
  return first(200, held.end);
}

export function endHold(book: ModelBook, held: ModelHold, by: 'owner' | 'policy', now: number): void {
  expire(book, now);
  hold(book, held.pins, -1);
  expire(book, now);
  held.pins = [];
  held.status = 'released';
  held.released_by = by;
  held.end = { tokens_released: held.tokens, balance_after: remaining(book) };
}

/** What is not used, held or paid back yet can be refunded; tokens go in proportion to all that was, rounded up. */
function beginRefund(book: ModelBook, request: Request, now: number, key: string | undefined): Expected {
  expire(book, now);
  const place = book.grants.findIndex(
    (candidate) => candidate.transaction_id === request.body.transaction_id,
  );
  const grant = book.grants[place];
  if (grant === undefined) throw new Refusal(404, 'not_found');
  if (grant.source === 'given') throw new Refusal(422, 'refund_not_possible');
  const pending = (payment: ModelPayment) => payment.status === 'pending' && payment.type === 'refund';
  if (book.payments.some((payment) => pending(payment) && payment.grant === place))
    throw new Refusal(409, 'transaction_pending');
  const open = leftOf(grant) > 0 ? deferredOf(grant) - halfEven(grant.price * grant.held, grant.tokens) : 0;
  const refundable_cents = Math.max(0, open);
  const cents = Number(request.body.amount_cents ?? refundable_cents);
  if (cents === 0 || cents > refundable_cents)
    throw new Refusal(422, 'refund_too_large', { refundable_cents });
  const proportional = Math.ceil((grant.tokens * (grant.paid_back + cents)) / grant.price) - grant.refunded;
  const tokens = Math.min(proportional, freeOf(grant));
  grant.held += tokens;
  const reason = String(request.body.reason);
  const due_at = now + PATIENCE_MS;
  return begin(
    book,
    { type: 'refund', status: 'pending', declined: false, key, due_at, tokens, cents, grant: place, reason },
    request,
    now,
  );
}
