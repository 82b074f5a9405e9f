import { type Expected, Refusal, type Request } from './model-answers.ts';
import {
  type Answer,
  balanceView,
  emptyBook,
  expire,
  freeOf,
  type ModelBook,
  type ModelHold,
} from './model-book.ts';
import { endHold, perform, settlePayment } from './model-requests.ts';

const GRACE_MS = 86_400_000;

/** Something that time does: when, and what at the time it is done. */
interface Due {
  at: number;
  run(now: number): void;
}

/** Some tenants' books and clocks as the contract has them. */
export class Model {
  readonly books: ModelBook[];
  readonly #offsets: number[];
  readonly #base: () => number;

  /** `base` is the clock that all tenants go by until they travel; `caps` has the shortfall cap of each tenant. */
  constructor(base: () => number, caps: readonly number[]) {
    this.#base = base;
    this.books = caps.map(emptyBook);
    this.#offsets = caps.map(() => 0);
  }

  now(tenant: number): number {
    return this.#base() + (this.#offsets[tenant] ?? 0);
  }

  book(tenant: number): ModelBook {
    const book = this.books[tenant];
    if (book === undefined) throw new Error(`the model has no tenant ${tenant}`);
    return book;
  }

  /** What a request must be answered. A refusal changes nothing. */
  perform(request: Request): Expected {
    const draft = structuredClone(this.book(request.tenant));
    try {
      const expected = perform(draft, request, this.now(request.tenant));
      this.books[request.tenant] = draft;
      return expected;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, answer } = error;
      return { status, replayed: false, answer, learn: () => undefined };
    }
  }

  balance(tenant: number): Answer {
    return balanceView(this.book(tenant), this.now(tenant));
  }

  /** The runner passes: everything that is due by now runs now. */
  runDue(): void {
    for (const tenant of this.books.keys()) this.#run(tenant, this.now(tenant), () => this.now(tenant));
  }

  /** The tenant's clock goes on alone, standing at the time of whatever falls due on the way. */
  travel(tenant: number, seconds: number): void {
    const arrival = this.now(tenant) + seconds * 1000;
    let standing = this.now(tenant);
    this.#run(tenant, arrival, (at) => {
      standing = Math.max(standing, at);
      return standing;
    });
    this.#offsets[tenant] = arrival - this.#base();
  }

  #run(tenant: number, until: number, timeOf: (due: number) => number): void {
    for (;;) {
      const [next] = dueOf(this.book(tenant)).sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > until) return;
      next.run(timeOf(next.at));
    }
  }
}

function dueOf(book: ModelBook): Due[] {
  const due: Due[] = [];
  for (const grant of book.grants) {
    if (grant.expires_at !== null && freeOf(grant) > 0)
      due.push({ at: grant.expires_at, run: (now) => expire(book, now) });
  }
  for (const held of book.holds) {
    const at = held.status === 'held' ? held.expires_at : held.expires_at + GRACE_MS;
    if (held.status === 'held' || held.status === 'expired')
      due.push({ at, run: (now) => age(book, held, now) });
  }
  for (const [place, payment] of book.payments.entries()) {
    if (payment.status === 'pending')
      due.push({ at: payment.due_at, run: (now) => settlePayment(book, place, now) });
  }
  return due;
}

function age(book: ModelBook, held: ModelHold, now: number): void {
  if (now >= held.expires_at + GRACE_MS) endHold(book, held, 'policy', now);
  else held.status = 'expired';
}
